/**
 * The colour of a row: grey for the original, the fixed sequence for variants. It is CSS, so that it suits both themes.
 */
import { variantColourCount } from '../../state/recipe/variant-actions';
import { originalId, type WorkspaceState } from '../../state/workspace/workspace-store';

export const originalColour = 'var(--original)';

export function colourOfIndex(colourIndex: number): string {
  return `var(--variant-${colourIndex % variantColourCount})`;
}

export function colourOfRow(state: Pick<WorkspaceState, 'variants'>, id: string): string {
  const variant = id === originalId ? undefined : state.variants.find((candidate) => candidate.id === id);
  return variant === undefined ? originalColour : colourOfIndex(variant.colourIndex);
}
