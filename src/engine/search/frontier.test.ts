import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measurablyLess, undominated } from '../verdict/dominance';
import { dominates, standings, type Standing, type TradeOffPoint } from './frontier';

const around = (value: number, half: number) => ({ value, interval: [value - half, value + half] as const });
const point = (id: string, sizeBytes: number, facts: Partial<TradeOffPoint> = {}): TradeOffPoint => ({
  id,
  sizeBytes,
  loss: around(0, 0.005),
  timing: null,
  steps: 1,
  ...facts,
});

const anyPoint = fc.record({
  sizeBytes: fc.integer({ min: 1, max: 12 }).map((size) => size * 100),
  loss: fc.option(
    fc
      .tuple(fc.integer({ min: -3, max: 9 }), fc.integer({ min: 0, max: 3 }))
      .map(([value, half]) => around(value, half)),
  ),
  timing: fc.option(
    fc
      .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 3 }))
      .map(([low, width]) => ({ interval: [low, low + width] as const, noiseFloor: 0.02 })),
  ),
  steps: fc.integer({ min: 0, max: 4 }),
  isRefuted: fc.boolean(),
});
const anyPoints = fc
  .array(anyPoint, { minLength: 1, maxLength: 12 })
  .map((points): TradeOffPoint[] => points.map((each, index) => ({ ...each, id: String(index) })));

const isLeft = (standing: Standing | undefined) => /^(frontier|indistinguishable)$/.test(standing?.kind ?? '');

describe('the frontier', () => {
  it('is never empty, and each point off it is dominated by it, refuted or not measured', () => {
    fc.assert(
      fc.property(anyPoints, (points) => {
        const found = standings(points);
        const byId = new Map(points.map((each) => [each.id, each]));
        expect(found.size).toBe(points.length);
        for (const [id, standing] of found) {
          const own = byId.get(id)!;
          expect(standing.kind === 'refuted').toBe(own.isRefuted);
          expect(standing.kind === 'not-measured').toBe(own.loss === null && !own.isRefuted);
          if (standing.kind === 'dominated') {
            expect(dominates(byId.get(standing.by)!, own)).toBe(true);
            // Itself, or what stands for it.
            expect(isLeft(found.get(standing.by))).toBe(true);
          }
          if (standing.kind === 'indistinguishable') expect(found.get(standing.from)).toEqual({ kind: 'frontier' });
          if (standing.kind === 'frontier')
            expect(points.some(({ id: other }) => isLeft(found.get(other)) && dominates(byId.get(other)!, own))).toBe(
              false,
            );
        }
        const isAnyMeasured = points.some(({ loss, isRefuted }) => loss !== null && isRefuted !== true);
        expect([...found.values()].some(({ kind }) => kind === 'frontier')).toBe(isAnyMeasured);
      }),
    );
  });

  it('has no two that dominate each other', () => {
    fc.assert(
      fc.property(anyPoints, (points) => {
        for (const x of points) for (const y of points) expect(dominates(x, y) && dominates(y, x)).toBe(false);
      }),
    );
  });

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(anyPoints, (points) => {
        expect(Object.fromEntries(standings(points.toReversed()))).toEqual(Object.fromEntries(standings(points)));
      }),
    );
  });

  it('removes a point only for one that stays, also in a circle of dominance', () => {
    const all = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), all, (count, pairs) => {
        const beats = (a: number, b: number) => a !== b && pairs.some(([x, y]) => x === a && y === b);
        const points = Array.from({ length: count }, (_, index) => index);
        const left = undominated(points, beats);
        expect(left.length).toBeGreaterThan(0);
        for (const removed of points.filter((each) => !left.includes(each)))
          expect(left.some((other) => beats(other, removed))).toBe(true);
      }),
    );
  });

  it('removes no point for a refuted one', () => {
    const found = standings([point('small', 100, { isRefuted: true, loss: around(0.015, 0.01) }), point('large', 200)]);
    expect(Object.fromEntries(found)).toEqual({ small: { kind: 'refuted' }, large: { kind: 'frontier' } });
  });

  it('removes a point for a smaller file within the limit, or of no larger estimated loss', () => {
    const points = [
      point('original', 1000, { loss: around(0, 0), steps: 0 }),
      point('eight', 250, { loss: around(0, 0.005) }),
      point('four', 150, { loss: around(0.03, 0.01) }),
      point('two', 100, { loss: around(0.02, 0.03) }),
    ];
    // Without a limit the estimated loss counts, whatever the intervals allow.
    expect(Object.fromEntries(standings(points))).toEqual({
      original: { kind: 'dominated', by: 'eight' },
      eight: { kind: 'frontier' },
      four: { kind: 'dominated', by: 'two' },
      two: { kind: 'frontier' },
    });
    const within = points.map((each) => ({ ...each, word: 'within' as const }));
    expect(standings(within).get('eight')).toEqual({ kind: 'dominated', by: 'two' });
  });

  it('removes no point for one above the limit, and puts that on no frontier', () => {
    // The measured 1.9 points of a walk: a limit of one point, 500 pictures.
    const found = standings([
      point('4-bit weights', 64, { loss: around(-0.003, 0.03), word: 'probably-within' }),
      point('fewer MACs', 49, { loss: around(0.019, 0.03), word: 'probably-outside' }),
    ]);
    expect(Object.fromEntries(found)).toEqual({
      '4-bit weights': { kind: 'frontier' },
      'fewer MACs': { kind: 'outside' },
    });
  });

  it('represents indistinguishable points by the one with fewer steps', () => {
    const found = standings([point('long', 199, { steps: 3 }), point('short', 200, { steps: 1 })]);
    expect(found.get('long')).toEqual({ kind: 'indistinguishable', from: 'short' });
  });

  it('lets no untimed point beat a fast one', () => {
    const fast = { interval: [2, 2.1] as const, noiseFloor: 0.01 };
    expect(dominates(point('small', 100), point('fast', 200, { timing: fast }))).toBe(false);
    expect(dominates(point('fast', 100, { timing: fast }), point('untimed', 200))).toBe(true);
  });
});

describe('a loss that is measurably less', () => {
  it('has an interval below the other’s, and does not touch it', () => {
    expect(measurablyLess(around(1, 0.5), around(2.5, 0.5))).toBe(true);
    expect(measurablyLess(around(1, 0.5), around(2, 0.5))).toBe(false);
  });

  it('is below a share of the other if one of them has no interval', () => {
    const exactly = (value: number) => ({ value, interval: null });
    expect(measurablyLess(exactly(4), around(10, 1), 0.5)).toBe(true);
    expect(measurablyLess(around(4, 1), exactly(10), 0.5)).toBe(true);
    expect(measurablyLess(exactly(5), exactly(10), 0.5)).toBe(false);
    // One decibel, where nothing else is said.
    expect(measurablyLess(exactly(0.891), exactly(1))).toBe(true);
    expect(measurablyLess(exactly(0.892), exactly(1))).toBe(false);
  });
});
