import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random';
import {
  levelsAfter,
  mixOrder,
  nextProbe,
  stepsThatSaveLess,
  type MeasuredLayer,
  type MixProbe,
} from './mixed-precision';

const level = (bits: 2 | 4 | 8, savedBytes: number, loss: number, blockSize = 32) => ({
  bits,
  blockSize,
  savedBytes,
  loss,
});

const layers: readonly MeasuredLayer[] = [
  { name: 'large', levels: [level(8, 3000, 0.001), level(4, 3500, 0.01), level(2, 3750, 0.2)] },
  { name: 'tender', levels: [level(8, 300, 0.003), level(4, 350, 0.5), level(2, 375, 4)] },
];

const total = (order: ReturnType<typeof mixOrder>, key: 'savedBytes' | 'addedLoss') =>
  order.reduce((sum, step) => sum + step[key], 0);

/** The least loss of any assignment that saves at least so much. */
function leastLoss(all: readonly MeasuredLayer[], savedBytes: number): number {
  const [first, ...rest] = all;
  if (first === undefined) return savedBytes <= 0 ? 0 : Infinity;
  const choices = [{ savedBytes: 0, loss: 0 }, ...first.levels];
  return Math.min(...choices.map((choice) => choice.loss + leastLoss(rest, savedBytes - choice.savedBytes)));
}

describe('mixOrder', () => {
  it('narrows the layer with the least cost for its bytes first, and each step by step', () => {
    const order = mixOrder(layers);
    expect(order.map(({ layer, bits }) => `${layer} ${bits}`)).toEqual([
      'large 8',
      'tender 8',
      'large 4',
      'large 2',
      'tender 4',
      'tender 2',
    ]);
    expect(total(order, 'savedBytes')).toBe(4125);
    expect(total(order, 'addedLoss')).toBeCloseTo(4.2);
    expect([...levelsAfter(order, 3)].map(([name, { bits }]) => [name, bits])).toEqual([
      ['large', 4],
      ['tender', 8],
    ]);
    expect(levelsAfter(order, 0).size).toBe(0);
  });

  it('omits dominated, useless and unmeasured levels', () => {
    const beaten = [level(8, 300, 0.2), level(4, 310, 0.9, 16), level(4, 350, 0.3), level(2, 340, 0.1)];
    const odd = [level(8, -5, 0), level(4, 0, 0), level(2, 100, NaN)];
    const order = mixOrder([
      { name: 'a', levels: beaten },
      { name: 'b', levels: odd },
    ]);
    // The others lie above the line from nothing to 2 bits; in blocks of 32, 4 bits save more than those here.
    expect(order.map(({ bits, savedBytes }) => [bits, savedBytes])).toEqual([
      [2, 340],
      [4, 10],
    ]);
  });

  it('is the best assignment for the bytes that it saves, at every step', () => {
    const random = createSeededRandom(7);
    const drawn = Array.from({ length: 5 }, (_, index): MeasuredLayer => {
      const sizes = [100, 140, 160].map((size) => Math.ceil(size * (1 + 9 * random.next())));
      const losses = [0.01, 0.2, 1].map((loss) => loss * random.next());
      return {
        name: `layer ${index}`,
        levels: ([8, 4, 2] as const).map((bits, at) =>
          level(
            bits,
            sizes.slice(0, at + 1).reduce((sum, size) => sum + size, 0),
            losses[at]!,
          ),
        ),
      };
    });
    const order = mixOrder(drawn);
    for (let steps = 1; steps <= order.length; steps++) {
      const taken = order.slice(0, steps);
      expect(total(taken, 'addedLoss')).toBeCloseTo(leastLoss(drawn, total(taken, 'savedBytes')), 9);
    }
  });
});

describe('nextProbe', () => {
  const order = mixOrder(layers);
  const search = (lastThatHolds: number): readonly number[] => {
    const probes: MixProbe[] = [];
    for (;;) {
      const steps = nextProbe(order, probes, 4400);
      if (steps === null) return probes.map((probe) => probe.steps);
      probes.push({ steps, holds: steps <= lastThatHolds });
    }
  };

  it('halves the rest until the last valid step is known', () => {
    expect(search(6)).toEqual([3, 5, 6]);
    expect(search(0)).toEqual([3, 1]);
    expect(search(4)).toEqual([3, 5, 4]);
  });

  it('goes back if other samples contradict, and stops if nothing useful is left', () => {
    const probes = [
      { steps: 3, holds: true },
      { steps: 5, holds: false },
      { steps: 4, holds: false },
    ];
    expect(nextProbe(order, probes, 4400)).toBeNull();
    expect(nextProbe(order, [{ steps: 3, holds: false }], 4400)).toBe(1);
    // Steps four to six save little of a large file.
    expect(nextProbe(order, [{ steps: 3, holds: true }], 1_000_000)).toBeNull();
  });

  it('looks only at files that are smaller than one that is good already', () => {
    // 3000, 3300, 3800, 4050, 4100 and 4125 bytes are saved.
    expect([-1, 0, 3299, 3300, 4124, 4125].map((bytes) => stepsThatSaveLess(order, bytes))).toEqual([0, 0, 1, 2, 5, 6]);
    expect(nextProbe(order, [{ steps: 3, holds: true }], 4400)).toBe(5);
    expect(nextProbe(order, [{ steps: 6, holds: true }], 4400)).toBeNull();
  });
});
