/** Round numbers for an axis from `low` to `high`: at most `most` steps of 1, 2 or 5 times a power of ten that cover both ends. */
export function roundTicks(low: number, high: number, most: number): readonly number[] {
  const wanted = (high - low) / most;
  if (!(wanted > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= wanted)!;
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step)];
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}
