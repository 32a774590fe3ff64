import { studentInterval } from './mean-interval';
import { median } from './quantile';

const level = 0.05;
/** The ends of fewer values hold the median in less than 95 of 100 cases. */
const fewestForRanks = 6;

/**
 * 95 % interval of the median of positive values, such as times. Values that share a disturbance (the runs of a block)
 * form a group, and each group counts once. From six groups on its ends are two of the groups' medians, by their ranks (Conover,
 * "Practical Nonparametric Statistics", 1999, §3.2). Below, it is Student's interval of their logarithms. It holds the
 * median of all values, and is no narrower than the resolution.
 */
export function intervalOfMedian(groups: readonly (readonly number[])[], resolution = 0): readonly [number, number] {
  const middle = median(groups.flat());
  if (groups.length === 0) return [Number.NaN, Number.NaN];
  const own = groups.length === 1 ? groups.flat() : groups.map(median);
  const [low, high] = own.length < fewestForRanks ? ofLogarithms(own) : ofRanks(own);
  return orAtLeastAsWide([Math.min(low, middle), Math.max(high, middle)], resolution);
}

/** An interval that is no narrower than a width, around the same middle, and not below zero if it was not. */
export function orAtLeastAsWide([low, high]: readonly [number, number], width: number): readonly [number, number] {
  if (!(high - low < width)) return [low, high];
  const middle = (low + high) / 2;
  const start = low >= 0 && middle >= 0 && middle < width / 2 ? 0 : middle - width / 2;
  return [start, start + width];
}

/** Student's interval of the logarithms. One value shows no spread, so only its order of magnitude is known. */
function ofLogarithms(values: readonly number[]): readonly [number, number] {
  if (values.some((value) => !(value > 0))) return [Math.min(...values), Math.max(...values)];
  if (values.length === 1) return [values[0]! / 10, values[0]! * 10];
  const [low, high] = studentInterval(Float64Array.from(values, Math.log), level);
  return [Math.exp(low), Math.exp(high)];
}

/** The largest rank k so that at most 2.5 % of samples have fewer than k values below the median. */
function ofRanks(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  let logTerm = -count * Math.LN2;
  let below = Math.exp(logTerm);
  let rank = 0;
  while (below <= level / 2) {
    rank += 1;
    logTerm += Math.log((count - rank + 1) / rank);
    below += Math.exp(logTerm);
  }
  return [sorted[Math.max(0, rank - 1)]!, sorted[Math.min(count - 1, count - rank)]!];
}
