import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random';
import { comparePaired, selfTestNoiseFloor, type Block } from './paired-comparison';

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

describe('comparePaired', () => {
  it('finds the ratio although the device slows down to half its speed', () => {
    const result = comparePaired(blocksWith(30, 1.5, 0.02), createSeededRandom(1));
    expect(result.ratio).toBeCloseTo(1.5, 1);
    expect(result.interval[0]).toBeLessThan(result.ratio);
    expect(result.interval[1]).toBeGreaterThan(result.ratio);
    expect(result.verdict).toBe('faster');
    expect(result.pairs).toBe(60);
  });

  it('calls a slower variant slower', () => {
    expect(comparePaired(blocksWith(30, 0.7, 0.02), createSeededRandom(1)).verdict).toBe('slower');
  });

  it('calls nothing under 3 % a difference, however sure it is', () => {
    const result = comparePaired(blocksWith(400, 1.02, 0.001), createSeededRandom(1));
    expect(result.interval[0]).toBeGreaterThan(1.015);
    expect(result.verdict).toBe('no-difference');
  });

  it('lets the self-test of a noisy device raise the bar', () => {
    const blocks = blocksWith(30, 1.2, 0.02);
    expect(comparePaired(blocks, createSeededRandom(1)).verdict).toBe('faster');
    const cautious = comparePaired(blocks, createSeededRandom(1), 0.4);
    expect(cautious.verdict).toBe('no-difference');
    expect(cautious.noiseFloor).toBe(0.4);
  });

  it('claims nothing from five blocks', () => {
    expect(comparePaired(blocksWith(5, 3, 0.01), createSeededRandom(1)).verdict).toBe('no-difference');
    expect(comparePaired(blocksWith(6, 3, 0.01), createSeededRandom(1)).verdict).toBe('faster');
  });

  it('calls equal models different in fewer than 2 of 100 experiments', () => {
    let wrong = 0;
    for (let seed = 0; seed < 200; seed++) {
      if (comparePaired(blocksWith(15, 1, 0.2, seed), createSeededRandom(seed)).verdict !== 'no-difference') wrong++;
    }
    expect(wrong / 200).toBeLessThan(0.02);
  });

  it('tells the time of the original in the same turns', () => {
    const blocks = Array.from({ length: 8 }, (_, index): Block => ({
      original: [10 + index, 12 + index],
      variant: [5, 5],
    }));
    const { original } = comparePaired(blocks, createSeededRandom(1));
    // The values are 10…17 and 12…19: the two in the middle are 14 and 15, each twice.
    expect(original.medianMs).toBe(14.5);
    expect(original.intervalMs[0]).toBeLessThanOrEqual(14.5);
    expect(original.intervalMs[1]).toBeGreaterThanOrEqual(14.5);
  });
});

describe('selfTestNoiseFloor', () => {
  it('grows with the difference between two sessions of one model', () => {
    const quiet = selfTestNoiseFloor(blocksWith(30, 1, 0.01), createSeededRandom(1));
    const biased = selfTestNoiseFloor(blocksWith(30, 1.1, 0.01), createSeededRandom(1));
    expect(quiet).toBeLessThan(0.02);
    expect(biased).toBeGreaterThan(0.09);
  });
});
