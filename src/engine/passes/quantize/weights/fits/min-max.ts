import type { BlockFit, FloatArray, Levels } from '../weight-grid';

/**
 * The grid from the smallest to the largest value, which always holds zero. Symmetric: the largest magnitude is the lowest code,
 * whichever sign it has; with 8 bits for a channel, codes −127 to 127. The arithmetic of ONNX Runtime's tools (4-bit kernels of
 * MLAS; `quantize_dynamic` for channels), in float32.
 */
export function fitMinMax(values: FloatArray, start: number, end: number, levels: Levels, fit: BlockFit): void {
  const [low, high] = rangeOf(values, start, end);
  gridOfRange(low, high, levels, fit);
}

/** The range from the smallest to the largest value, including zero. */
export function rangeOf(values: FloatArray, start: number, end: number): readonly [low: number, high: number] {
  let low = 0;
  let high = 0;
  for (let at = start; at < end; at += 1) {
    const value = values[at]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** @param low at most 0. @param high at least 0. */
export function gridOfRange(low: number, high: number, levels: Levels, fit: BlockFit): void {
  const { bits, symmetric, blockSize, highest, middle, roundScale } = levels;
  if (!symmetric) {
    const scale = roundScale(Math.fround(high - low) / highest);
    fit.scale = scale;
    // The quotient is not negative, and half of a code is rounded up.
    fit.zeroPoint = scale === 0 ? middle : Math.min(highest, Math.floor(Math.fround(-low / scale) + 0.5));
    return;
  }
  fit.zeroPoint = middle;
  if (bits === 8 && blockSize === 0) fit.scale = roundScale(Math.max(-low, high) / (middle - 1));
  else fit.scale = roundScale((high > -low ? high : low) / -middle);
}
