/** Round numbers for the ticks of an axis: steps of 1, 2 or 5 times a power of ten. */
type Range = readonly [low: number, high: number];

/** Returns the ticks inside of the range, in about `wanted` steps, or the low end alone if the range is empty. */
export function ticksWithin([low, high]: Range, wanted: number): readonly number[] {
  const step = roundStep(high - low, wanted);
  return step === undefined ? [low] : multiplesOf(step, Math.ceil(low / step), Math.floor(high / step));
}

/**
 * Returns ticks that cover both ends of the range, in at most `most` steps, or the low end alone if the range is empty.
 */
export function ticksAround([low, high]: Range, most: number): readonly number[] {
  const step = roundStep(high - low, most);
  return step === undefined ? [low] : multiplesOf(step, Math.floor(low / step), Math.ceil(high / step));
}

/** The least round step that goes into `length` at most `most` times. */
function roundStep(length: number, most: number): number | undefined {
  const wanted = length / most;
  if (!(wanted > 0)) return undefined;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return power * ([1, 2, 5].find((factor) => factor * power >= wanted) ?? 10);
}

function multiplesOf(step: number, first: number, last: number): readonly number[] {
  // The decimal text rounds: 3 × 0.1 is 0.3 and not 0.30000000000000004.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}
