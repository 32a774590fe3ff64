/** Operators whose outputs consist of elements of their first input, in another order or number. */
export const rearrangingOperators: readonly string[] =
  'Expand Flatten Gather Identity Reshape Slice Split Squeeze Tile Transpose Unsqueeze'.split(' ');
