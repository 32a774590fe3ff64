import { describe, expect, it } from 'vitest';
import { createSeededRandom, type SeededRandom } from '../seeded-random';
import {
  comparePaired,
  describeBusy,
  describeRatio,
  describeSpeed,
  describeVerdict,
  levelsOfLooks,
  selfTestNoiseFloor,
  speedWord,
  type Block,
  type SpeedWord,
} from './speed-verdict';

/** Blocks with multiplicative noise of ±`noise` and a slow drift that both sides share. */
function blocksWith(count: number, ratio: number, noise: number, seed = 7): Block[] {
  const random = createSeededRandom(seed);
  const jitter = () => 1 + noise * (2 * random.next() - 1);
  return Array.from({ length: count }, (_, i) => {
    const drift = 1 + i / count;
    return {
      original: [10 * drift * jitter(), 10 * drift * jitter()],
      variant: [(10 / ratio) * drift * jitter(), (10 / ratio) * drift * jitter()],
    };
  });
}

/** Two standard normal numbers (Box and Muller). */
function normal(random: SeededRandom): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Noise of single runs: normal on a logarithmic scale, or with one run in ten that a busy machine stretches. */
const machines: Readonly<Record<string, (random: SeededRandom, spread: number) => number>> = {
  quiet: (random, spread) => Math.exp(spread * normal(random)),
  busy: (random, spread) => Math.exp(spread * normal(random)) * (random.next() < 0.1 ? 1 + random.next() : 1),
};

function simulated(
  machine: keyof typeof machines,
  ratio: number,
  spread: number,
  random: SeededRandom,
  loads = 0.2,
): Block {
  const noise = machines[machine]!;
  const load = machines['quiet']!(random, loads);
  const of = (ms: number): [number, number] => [ms * load * noise(random, spread), ms * load * noise(random, spread)];
  return { original: of(10), variant: of(10 / ratio) };
}

/** Adds blocks while the speed is not known, as a benchmark does. */
function measured(machine: keyof typeof machines, ratio: number, spread: number, random: SeededRandom, first: number) {
  const blocks: Block[] = [];
  for (let look = 0; ; look++) {
    while (blocks.length < first * 2 ** look) blocks.push(simulated(machine, ratio, spread, random));
    const comparison = comparePaired(blocks, { look });
    if (comparison.verdict !== 'undecided' || look === levelsOfLooks.length - 1) return comparison;
  }
}

describe('comparePaired', () => {
  it('finds the ratio although the device slows down to half its speed', () => {
    const result = comparePaired(blocksWith(30, 1.5, 0.02));
    expect(result.ratio).toBeCloseTo(1.5, 1);
    expect(result.interval[0]).toBeLessThan(result.ratio);
    expect(result.interval[1]).toBeGreaterThan(result.ratio);
    expect(result.verdict).toBe('faster');
    expect(result.pairs).toBe(60);
  });

  it('calls a slower variant slower', () => {
    expect(comparePaired(blocksWith(30, 0.7, 0.02)).verdict).toBe('slower');
  });

  it('calls nothing under 3 % a difference, however sure it is', () => {
    const result = comparePaired(blocksWith(400, 1.02, 0.001));
    expect(result.interval[0]).toBeGreaterThan(1.015);
    expect(result.verdict).toBe('same');
  });

  it('lets the self-test of a noisy device raise the bar', () => {
    const blocks = blocksWith(30, 1.2, 0.02);
    expect(comparePaired(blocks).verdict).toBe('faster');
    const cautious = comparePaired(blocks, { selfTestNoise: 0.4 });
    expect(cautious).toMatchObject({ verdict: 'undecided', noiseFloor: 0.4 });
  });

  it('has an interval with a width of equal times, and of a single block', () => {
    const block: Block = { original: [4, 4], variant: [2, 2] };
    for (const count of [1, 2, 8]) {
      const { ratio, interval } = comparePaired(
        Array.from({ length: count }, () => block),
        { resolutionMs: 0.005 },
      );
      expect(ratio).toBe(2);
      expect(interval[0], String(count)).toBeLessThan(1.999);
      expect(interval[1], String(count)).toBeGreaterThan(2.001);
    }
  });

  it('gives the ratio of the two times beside it', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = createSeededRandom(seed);
      const blocks = Array.from({ length: 4 + (seed % 20) }, () =>
        simulated('quiet', 0.5 + seed / 100, 0.05, random, 0.02),
      );
      const own = blocks.flatMap(({ variant }) => [...variant]).toSorted((a, b) => a - b);
      const medianMs = (own[own.length / 2 - 1]! + own[own.length / 2]!) / 2;
      const { ratio, original, interval } = comparePaired(blocks);
      expect(ratio).toBeGreaterThanOrEqual(interval[0]);
      expect(ratio).toBeLessThanOrEqual(interval[1]);
      expect(ratio).toBeCloseTo(original.medianMs / medianMs, 9);
    }
  });

  it('replaces a ratio of medians that mixes times of different moments', () => {
    // Twice as fast all the time, but the medians fall into different halves.
    const slow: Block = { original: [40, 40.1], variant: [20, 20] };
    const fast: Block = { original: [4, 4], variant: [2, 2.01] };
    const between: Block = { original: [40, 40], variant: [20, 2] };
    const blocks = [...Array.from({ length: 14 }, () => slow), between, ...Array.from({ length: 15 }, () => fast)];
    const changing = comparePaired(blocks);
    expect(changing.ratio).toBeGreaterThan(1.8);
    expect(changing.ratio).toBeLessThan(2.3);
    expect(changing.isOfPairs).toBe(true);
    expect(comparePaired([slow, slow, slow]).isOfPairs).toBe(false);
  });

  it('tells the time of the original in the same turns', () => {
    const blocks = Array.from({ length: 8 }, (_, index): Block => ({
      original: [10 + index, 12 + index],
      variant: [5, 5],
    }));
    const { original } = comparePaired(blocks);
    // The values are 10…17 and 12…19: the two in the middle are 14 and 15, each twice.
    expect(original.medianMs).toBe(14.5);
    expect(original.intervalMs[0]).toBeLessThanOrEqual(14.5);
    expect(original.intervalMs[1]).toBeGreaterThanOrEqual(14.5);
  });
});

describe('speed verdict over 1,000 simulated comparisons', () => {
  const repetitions = 1000;

  it.each(Object.keys(machines))('is wrong about "faster" in at most 2.5 of 100, on a %s machine', (machine) => {
    for (const spread of [0.01, 0.05, 0.2]) {
      const random = createSeededRandom(11);
      const words = Array.from({ length: repetitions }, () => measured(machine, 1, spread, random, 4).verdict);
      expect(words.filter((word) => word === 'faster').length, `${machine} ${spread}`).toBeLessThanOrEqual(25);
      expect(words.filter((word) => word === 'slower').length, `${machine} ${spread}`).toBeLessThanOrEqual(25);
    }
  });

  it.each([
    ['quiet', 0.03],
    ['quiet', 0.1],
  ])('calls a real 1.6× faster after 4 blocks in 95 of 100: %s machine, %s noise', (machine, spread) => {
    const random = createSeededRandom(5);
    const words = Array.from({ length: repetitions }, () => {
      const blocks = Array.from({ length: 4 }, () => simulated(machine, 1.6, spread, random));
      return comparePaired(blocks, { look: 0 }).verdict;
    });
    expect(words.filter((word) => word === 'faster').length).toBeGreaterThanOrEqual(950);
  });

  it.each([4, 8, 20])('has intervals that hold the ratio in at least 95 of 100, with %s blocks', (count) => {
    for (const machine of Object.keys(machines)) {
      for (const isSequential of [false, true]) {
        const random = createSeededRandom(count);
        const held = Array.from({ length: repetitions }, () => {
          const { interval } = isSequential
            ? measured(machine, 1.3, 0.08, random, count)
            : comparePaired(Array.from({ length: count }, () => simulated(machine, 1.3, 0.08, random)));
          return interval[0] <= 1.3 && interval[1] >= 1.3;
        });
        // 95 % less three standard errors of a simulation of this size.
        expect(held.filter(Boolean).length, `${machine} ${isSequential}`).toBeGreaterThanOrEqual(930);
      }
    }
  });
});

describe('speed word', () => {
  /** Blocks, ratio and noise give the interval; the word, chip and headline follow. */
  const table: readonly (readonly [number, number, number, number, SpeedWord, string])[] = [
    // blocks, low, high, noise floor → word, chip
    [2, 1.5, 1.7, 0, 'undecided', 'speed not yet known'],
    [3, 1.5, 1.7, 0, 'faster', '1.60× faster'],
    [4, 1.52, 1.71, 0.02, 'faster', '1.61× faster'],
    [4, 1.52, 1.71, 0.6, 'undecided', 'speed not yet known'],
    [4, 0.5, 0.7, 0.02, 'slower', '1.69× slower'],
    [10, 0.98, 1.02, 0, 'same', 'about the same speed'],
    [10, 0.94, 1.06, 0, 'undecided', 'speed not yet known'],
    [10, 0.94, 1.06, 0.07, 'same', 'about the same speed'],
    [10, 0.7, 1.4, 0.9, 'undecided', 'speed not yet known'],
    [10, 1.01, 1.2, 0, 'undecided', 'speed not yet known'],
  ];

  it.each(table)('of %s blocks, %s to %s, noise %s is %s', (blocks, low, high, noiseFloor, word, chip) => {
    const comparison = { ratio: Math.sqrt(low * high), interval: [low, high] as const, noiseFloor, pairs: 2 * blocks };
    expect(speedWord(comparison)).toBe(word);
    expect(describeVerdict({ ...comparison, verdict: word })).toBe(chip);
  });
});

describe('words of a speed', () => {
  it('turn the ratio of a slower variant', () => {
    const slower = { verdict: 'slower', ratio: 0.5, interval: [0.4, 0.625] } as const;
    expect(describeRatio(slower)).toBe('2.00× (1.60–2.50)');
    expect(describeSpeed(slower)).toBe('2.00× slower (1.60–2.50)');
    expect(describeVerdict({ verdict: 'invalid', ratio: 3 })).toBe('output wrong');
  });

  it('report a busy machine if the first run was the fastest or few were timed', () => {
    const cell = { firstRunMs: 72.6, steady: { medianMs: 129, runs: 30 }, flags: [] };
    expect(describeBusy(cell)).toMatch(/^The machine was busy/);
    expect(describeBusy({ ...cell, firstRunMs: 150 })).toBeUndefined();
    const cut = { firstRunMs: 150, steady: { medianMs: 129, runs: 2 }, flags: ['time-capped'] };
    expect(describeBusy(cut)).toMatch(/2 timed runs only/);
  });
});

describe('selfTestNoiseFloor', () => {
  it('grows with the difference between two sessions of one model', () => {
    expect(selfTestNoiseFloor(blocksWith(30, 1, 0.01))).toBeLessThan(0.02);
    expect(selfTestNoiseFloor(blocksWith(30, 1.1, 0.01))).toBeGreaterThan(0.09);
  });
});
