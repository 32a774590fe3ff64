/** Weights in the order in which kernels read them. */

export const panelColumns = 8;

/** Numbers of the panels for `columns` outputs of `depth` products each. */
export function panelElements(columns: number, depth: number): number {
  const whole = Math.floor(columns / panelColumns);
  const rest = columns % panelColumns;
  return depth * (whole * panelColumns + (rest === 0 ? 0 : rest > 4 ? 8 : 4));
}

/** Packs a matrix, read by column and depth, to panels [depth][8]; the last one has 4 columns if no more are needed. */
export function packPanels(
  columns: number,
  depth: number,
  read: (column: number, depth: number) => number,
  packed = new Float32Array(panelElements(columns, depth)),
  start = 0,
): Float32Array {
  let at = start;
  for (let first = 0; first < columns; first += panelColumns) {
    const width = columns - first > 4 ? panelColumns : 4;
    for (let row = 0; row < depth; row++) {
      for (let column = 0; column < width; column++, at++) {
        if (first + column < columns) packed[at] = read(first + column, row);
      }
    }
  }
  return packed;
}

/** Packs kernels [channels][taps] to [channels / 4][taps][4]. */
export function packDepthwise(weights: Float32Array, channels: number, taps: number): Float32Array {
  const packed = new Float32Array(Math.ceil(channels / 4) * 4 * taps);
  for (let channel = 0; channel < channels; channel++) {
    const base = (channel - (channel % 4)) * taps + (channel % 4);
    for (let tap = 0; tap < taps; tap++) packed[base + tap * 4] = weights[channel * taps + tap]!;
  }
  return packed;
}
