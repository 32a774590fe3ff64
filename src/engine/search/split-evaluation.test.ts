import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fewestToConfirm, splitEvaluation } from './split-evaluation';

const manySamples = fc.integer({ min: fewestToConfirm, max: 3000 });
/**
 * The share is 60 % of 500 to 853 samples, 30 % of 1,707 and more, and 512 of others. It is a fraction, because
 * integers are exact.
 */
function searchShare(count: number): readonly [part: number, whole: number] {
  if (count <= 853) return [3, 5];
  return count >= 1707 ? [3, 10] : [512, count];
}
const ascending = (values: readonly number[]) => values.toSorted((a, b) => a - b);

describe('the split of a search', () => {
  it('takes every sample once, as many to search with as choose well, the same for the same seed', () => {
    fc.assert(
      fc.property(manySamples, fc.nat(), fc.nat(9), (count, seed, classes) => {
        const indices = Array.from({ length: count }, (_, index) => 3 * index);
        const labels = indices.map((_, place) => (classes === 0 ? null : (place * place) % classes));
        const { search, confirm } = splitEvaluation(indices, seed, labels);
        expect(ascending([...search, ...confirm])).toEqual(indices);
        const [part, whole] = searchShare(count);
        expect(search.length).toBe(Math.floor((count * part) / whole));
        expect(splitEvaluation(indices, seed, labels)).toEqual({ search, confirm });
      }),
      { numRuns: 30 },
    );
  });

  it('keeps the share of each class, within one sample', () => {
    fc.assert(
      fc.property(manySamples, fc.nat(), fc.integer({ min: 2, max: 20 }), (count, seed, classes) => {
        const labels = Array.from({ length: count }, (_, place) => (place * 7 + (place % 3)) % classes);
        const indices = labels.map((_, place) => place);
        const { search } = splitEvaluation(indices, seed, labels);
        const [part, whole] = searchShare(count);
        for (let label = 0; label < classes; label++) {
          const all = labels.filter((own) => own === label).length;
          const chosen = search.filter((index) => labels[index] === label).length;
          expect(Math.abs(chosen * whole - all * part)).toBeLessThanOrEqual(whole);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('keeps nothing apart of too few samples', () => {
    const indices = Array.from({ length: fewestToConfirm - 1 }, (_, index) => index);
    const { search, confirm } = splitEvaluation(indices, 1);
    expect([ascending(search), confirm]).toEqual([indices, []]);
  });
});
