/** 1.5 * 2^52: adding and subtracting it rounds a double of magnitude under 2^51 half to even. */
export const ROUND_TO_INTEGER = 6755399441055744;

/** Rounds half to even, as NumPy and Python do. `value` must lie within ±2^51. */
export function roundHalfEven(value: number): number {
  return value + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
}
