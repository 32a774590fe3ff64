/** Finds products that share one scale among all tokens, although each token could have its own. The page predicts with it, so it is a separate file. */

/** Operators that make all rows equally loud. */
const normalizations: ReadonlySet<string> = new Set([
  'LayerNormalization',
  'RMSNormalization',
  'SimplifiedLayerNormalization',
  'SkipLayerNormalization',
  'SkipSimplifiedLayerNormalization',
]);

/** The ranges of tokens cost more time than integers save if rows are shorter than this. */
const shortRow = 256;

/**
 * True for short rows behind a normalization. There, no token dominates another unless it holds all its size in one
 * number, which matters less in shorter rows. One scale for the tensor costs 0.7 dB of fashion-transformer (rows of 96)
 * and 3.3 dB if rows of 384 have outlier channels.
 */
export function areShortEqualRows(sourceOp: string | undefined, columns: number): boolean {
  return columns < shortRow && normalizations.has(sourceOp ?? '');
}
