/** 95 % intervals of shares and of the difference between two shares on the same samples. */
import type { Estimate } from './evaluation';
import { normalQuantile975 } from './normal-quantile';

const z = normalQuantile975;

/**
 * Computes a share with its 95 % Wilson score interval (Wilson, "Probable Inference, the Law of Succession, and
 * Statistical Inference", 1927). The interval stays within 0 and 1 and has a width even for 0 of 20 and 20 of 20. NaN
 * without trials.
 */
export function proportion(successes: number, trials: number): Estimate {
  if (trials === 0) return { value: Number.NaN, interval: [Number.NaN, Number.NaN] };
  const share = successes / trials;
  const denominator = 1 + z ** 2 / trials;
  const center = (share + z ** 2 / (2 * trials)) / denominator;
  const half = (z / denominator) * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2));
  // At the ends the bound is the share itself; rounding would move it beyond by 1e-17.
  return {
    value: share,
    interval: [successes === 0 ? 0 : Math.max(0, center - half), successes === trials ? 1 : Math.min(1, center + half)],
  };
}

/**
 * Computes the 95 % interval of the difference of two shares on the same samples, p(second) − p(first). It is Tango's
 * score interval ("Equivalence test and confidence interval for the difference in proportions for the paired-sample
 * design", Statistics in Medicine 17, 1998). The interval has all differences d with |T(d)| ≤ 1.96, which the score
 * test of McNemar's kind does not reject.
 * T(d) = (b − c − n d) ÷ √(n (2q(d) + d (1 − d))), where q(d) is the most likely probability of `c` under d. Unlike
 * Wald's interval it has a width if both are right on the same samples.
 *
 * @param onlySecond samples that only the second got right, b
 * @param onlyFirst samples that only the first got right, c
 * @param quantile of the normal distribution, in place of 1.96: another level than 95 %
 */
export function pairedProportionDifference(
  onlySecond: number,
  onlyFirst: number,
  samples: number,
  quantile = normalQuantile975,
): Estimate {
  if (samples === 0) return { value: Number.NaN, interval: [Number.NaN, Number.NaN] };
  const value = (onlySecond - onlyFirst) / samples;
  // T falls from d = −1 to d = 1 and is 0 at the value.
  const statistic = (d: number) => tangoStatistic(onlySecond, onlyFirst, samples, d);
  return {
    value,
    interval: [solveFalling(statistic, quantile, -1, value), solveFalling(statistic, -quantile, value, 1)],
  };
}

/**
 * Computes Tango's score statistic T(d) of the difference of two shares on the same samples, p(second) − p(first). It
 * is standard normal if the difference is d, and above 0 if the observed difference is larger.
 *
 * @param b samples that only the second got right
 * @param c samples that only the first got right
 * @param n samples
 */
export function tangoStatistic(b: number, c: number, n: number, d: number): number {
  const linear = (2 * n - b + c) * d - b - c;
  const constant = -c * d * (1 - d);
  const root = Math.sqrt(Math.max(0, linear ** 2 - 8 * n * constant));
  const q = Math.max(0, (root - linear) / (4 * n));
  const variance = n * (2 * q + d * (1 - d));
  const distance = b - c - n * d;
  if (variance > 0) return distance / Math.sqrt(variance);
  return distance === 0 ? 0 : Math.sign(distance) * Infinity;
}

/** Finds the point at which a falling function has the value `target`; the nearer end if no point has it. */
function solveFalling(f: (d: number) => number, target: number, start: number, end: number): number {
  if (f(start) <= target) return start;
  if (f(end) >= target) return end;
  let [low, high] = [start, end];
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (f(middle) > target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
