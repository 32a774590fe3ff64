/** The colour of a row: grey for the original, the fixed sequence for variants. As CSS, so that both themes hold. */
import { originalId, type WorkspaceState } from '../../state/workspace-store';

/** Names of the sequence, for people who cannot tell the colours apart. */
const variantColourNames = ['blue', 'orange', 'teal', 'magenta', 'olive'] as const;

export function colourOfIndex(colourIndex: number): string {
  return `var(--variant-${colourIndex % variantColourNames.length})`;
}

export function colourOfRow(state: Pick<WorkspaceState, 'variants'>, id: string): string {
  if (id === originalId) return 'var(--original)';
  const variant = state.variants.find((candidate) => candidate.id === id);
  return variant === undefined ? 'var(--original)' : colourOfIndex(variant.colourIndex);
}
