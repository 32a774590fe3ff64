import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowest, lowestOfRuns, rowMagnitudes } from './row-mask';
import { patternOf } from './sparsity-pattern';

const scores = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 40 })
  .map((list) => Float64Array.from(list));

describe('row masks', () => {
  it('take the lowest scores of a row, the first of equal ones', () => {
    fc.assert(
      fc.property(scores, fc.nat(40), (row, wanted) => {
        const count = Math.min(wanted, row.length);
        const expected = [...row.keys()].toSorted((a, b) => row[a]! - row[b]! || a - b).slice(0, count);
        expect([...lowest(row, count)]).toEqual(expected);
      }),
    );
  });

  it('take as many of each run of neighboring inputs as the pattern says, for each tap', () => {
    const pattern = patternOf('2:4')!;
    expect(pattern).toEqual({ zeros: 2, of: 4 });
    // 6 inputs of 2 taps: a run of four, and two at the end of which one goes.
    const row = Float64Array.of(5, 1, 1, 9, 2, 3, 8, 2, 7, 1, 4, 6);
    expect(lowestOfRuns(row, 2, pattern).toSorted((a, b) => a - b)).toEqual([1, 2, 4, 7, 9, 10]);
  });

  it('rank the magnitudes of one output', () => {
    const matrix = {
      kind: 'convolution',
      outputs: 2,
      inputs: 2,
      taps: 2,
      values: Float64Array.of(9, 9, 9, 9, -1, 2, 3, -4),
    } as const;
    expect([...rowMagnitudes(matrix, 1)]).toEqual([1, 2, 3, 4]);
    expect([...matrix.values.slice(4)]).toEqual([-1, 2, 3, -4]);
  });
});
