/**
 * The color of a row: gray for the original, the fixed sequence for variants. It is CSS, so that it suits both themes.
 */
import { variantColorCount } from '../../state/recipe/variant-actions';
import { originalId, type WorkspaceState } from '../../state/workspace/workspace-store';

export const originalColor = 'var(--original)';

export function colorOfIndex(colorIndex: number): string {
  return `var(--variant-${colorIndex % variantColorCount})`;
}

export function colorOfRow(state: Pick<WorkspaceState, 'variants'>, id: string): string {
  const variant = id === originalId ? undefined : state.variants.find((candidate) => candidate.id === id);
  return variant === undefined ? originalColor : colorOfIndex(variant.colorIndex);
}
