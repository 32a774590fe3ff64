import { describe, expect, it } from 'vitest';
import { chartTableToCsv } from '../../components/charts/chart-table';
import { buildRateCurve, logTicks } from './RateChart';

const stable = { perSecond: 50, shareOfCapacity: 0.5, p50Ms: 4, p95Ms: 9, isUnstable: false, growthPerSecond: 0 };
const unstable = { perSecond: 130, shareOfCapacity: 1.3, p50Ms: null, p95Ms: null, isUnstable: true };
const rates = [stable, { ...unstable, growthPerSecond: 30 }];

describe('the curve over rates', () => {
  it('ends at the first growing queue, and marks that in its table', () => {
    const curve = buildRateCurve(rates);
    expect(curve).toMatchObject({ unstableFrom: 130, lastStable: stable, domain: [0, 130] });
    expect(chartTableToCsv(curve.table).split(/\r?\n/).slice(1, 3)).toEqual(['50,0.5,4,9,0', '130,1.3,,,30']);
  });

  it('draws no answer that takes no time, which a cache gives', () => {
    const curve = buildRateCurve([{ ...stable, p50Ms: 0 }]);
    expect(curve.points).toMatchObject([{ p50Ms: null, p95Ms: 9 }]);
    expect(curve).toMatchObject({ hasInstant: true, ticksMs: [10], lastStable: { p50Ms: 0 } });
    expect(buildRateCurve([{ ...stable, p50Ms: 0, p95Ms: 0 }]).ticksMs).toEqual([1, 2, 5, 10]);
  });

  it('has an axis also if no rate holds', () => {
    expect(buildRateCurve([rates[1]!])).toMatchObject({ lastStable: null, ticksMs: [1, 2, 5, 10] });
  });

  it.each([
    [
      [0.8, 14],
      [1, 2, 5, 10],
    ],
    [
      [0.08, 1400],
      [0.1, 1, 10, 100, 1000],
    ],
  ] as const)('marks round times of %j', (range, ticks) => {
    expect(logTicks(range)).toEqual(ticks);
  });
});
