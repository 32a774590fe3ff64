import { describe, expect, it } from 'vitest';
import { studentQuantile975 } from './normal-quantile';
import { pairedProportionDifference, proportion } from './proportion-interval';

describe('proportion', () => {
  // statsmodels 0.14, proportion_confint(k, n, method='wilson').
  it.each([
    [0, 20, 0, 0.1611251580528194],
    [20, 20, 0.8388748419471804, 1],
    [9123, 10000, 0.9065965642806005, 0.9176867906629395],
    [7, 9, 0.45258896910698887, 0.9367748928821533],
  ])('has Wilson’s interval at %i of %i', (successes, trials, low, high) => {
    const { value, interval } = proportion(successes, trials);
    expect(value).toBe(successes / trials);
    expect(interval[0]).toBeCloseTo(low, 12);
    expect(interval[1]).toBeCloseTo(high, 12);
    expect(interval[0] <= value && value <= interval[1]).toBe(true);
  });

  it('says nothing of no trials', () => {
    expect(proportion(0, 0)).toEqual({ value: Number.NaN, interval: [Number.NaN, Number.NaN] });
  });
});

describe('pairedProportionDifference', () => {
  // The score test's limits with the constrained likelihood maximized numerically (scipy 1.16, minimize_scalar and brentq).
  it.each([
    [150, 86, 1600, 0.0213615647, 0.0589980333],
    [12, 31, 10000, -0.0033113957, -0.0006445233],
    [0, 0, 44, -0.0802956038, 0.0802956038],
    [1, 0, 44, -0.0593932311, 0.118077097],
    [5, 0, 10, 0.083700797, 0.7634069095],
    [9, 3, 100, -0.0091156011, 0.1376930093],
  ])('has Tango’s interval for %i against %i of %i', (onlySecond, onlyFirst, samples, low, high) => {
    const { value, interval } = pairedProportionDifference(onlySecond, onlyFirst, samples);
    expect(value).toBeCloseTo((onlySecond - onlyFirst) / samples, 15);
    expect(interval[0]).toBeCloseTo(low, 7);
    expect(interval[1]).toBeCloseTo(high, 7);
    const mirrored = pairedProportionDifference(onlyFirst, onlySecond, samples).interval;
    expect(mirrored[0]).toBeCloseTo(-interval[1], 12);
    expect(mirrored[1]).toBeCloseTo(-interval[0], 12);
  });

  it('stays within −1 and 1 when all samples differ', () => {
    const { value, interval } = pairedProportionDifference(6, 0, 6);
    expect(value).toBe(1);
    expect(interval[1]).toBe(1);
    expect(interval[0]).toBeGreaterThan(0.2);
  });
});

describe('studentQuantile975', () => {
  // scipy 1.16, stats.t.ppf(0.975, n).
  it.each([
    [1, 12.706204736],
    [2, 4.30265273],
    [3, 3.182446305],
    [4, 2.776445105],
    [9, 2.262157163],
    [29, 2.045229642],
    [999, 1.962341461],
  ])('of %i degrees of freedom', (freedom, quantile) => {
    expect(Math.abs(studentQuantile975(freedom) / quantile - 1)).toBeLessThan(2e-3);
  });
});
