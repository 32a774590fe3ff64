import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../seeded-random';
import { canLearnRounding, learnRounding, type Places } from './learn-rounding';

const [rows, columns] = [6, 24];
const random = createSeededRandom(3);
const places: Places = {
  ...{ rows, columns, lowest: 0, highest: 15 },
  places: Float64Array.from({ length: rows * columns }, () => random.next() * 17 - 1),
  steps: Float64Array.from({ length: rows * columns }, (_, at) => (at % columns < 12 ? 0.1 : 0.3)),
};

/** Covariance of strongly correlated inputs. */
const correlated = Float64Array.from({ length: columns ** 2 }, (_, at) =>
  at % (columns + 1) === 0 ? 1.5 : Math.cos(Math.floor(at / columns) - (at % columns)) ** 2,
);

const nearest = Int32Array.from(places.places, (place) => Math.min(15, Math.max(0, Math.round(place))));

function errorsOf(codes: Int32Array, covariance: Float64Array): number[] {
  return Array.from({ length: rows }, (_, row) => {
    const errors = Array.from({ length: columns }, (__, column) => {
      const at = row * columns + column;
      return (codes[at]! - places.places[at]!) * places.steps[at]!;
    });
    return errors.reduce(
      (sum, a, i) => sum + errors.reduce((all, b, j) => all + a * b * covariance[i * columns + j]!, 0),
      0,
    );
  });
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);
const checkpoint = (): Promise<void> => Promise.resolve();

describe('learnRounding', () => {
  it('goes to a neighbor of every value, with far less error than nearest in no worse rows', async () => {
    const learned = await learnRounding(places, correlated, checkpoint);
    for (const [at, code] of learned.entries()) {
      expect(code).toBeGreaterThanOrEqual(0);
      expect(code).toBeLessThanOrEqual(15);
      const place = Math.min(15, Math.max(0, places.places[at]!));
      expect(Math.abs(code - place)).toBeLessThanOrEqual(1);
    }
    const [before, after] = [errorsOf(nearest, correlated), errorsOf(learned, correlated)];
    for (const [row, error] of after.entries()) expect(error).toBeLessThanOrEqual(before[row]!);
    expect(sumOf(after)).toBeLessThan(sumOf(before) / 2);
    expect(await learnRounding(places, correlated, checkpoint)).toEqual(learned);
  });

  it('rounds to nearest if inputs are independent of each other, or never vary', async () => {
    const identity = correlated.map((_, at) => (at % (columns + 1) === 0 ? 1 : 0));
    expect(await learnRounding(places, identity, checkpoint)).toEqual(nearest);
    expect(await learnRounding(places, new Float64Array(columns ** 2), checkpoint)).toEqual(nearest);
  });

  it('stops at the checkpoint, and does not begin work of minutes', async () => {
    const stop = new Error('stop');
    await expect(learnRounding(places, correlated, () => Promise.reject(stop))).rejects.toBe(stop);
    expect(canLearnRounding(384, 1536)).toBe(false);
    expect(canLearnRounding(384, 384)).toBe(true);
  });
});
