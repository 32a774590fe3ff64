import { expect, it } from 'vitest';
import type { Feeds } from '../../data/feeds';
import { DataComparison } from '../data-match';

/** A head of YOLOv8 with two classes over an input of 320 × 320: three boxes in each picture, with the given factor on their scores. */
function head(picture: number, factor = 1, shift = 0): Feeds {
  const data = new Float32Array(6 * 2100);
  for (let box = 0; box < 2100; box++) {
    const isFound = box < 3;
    const own = [40 + 80 * box + picture + shift, 60, 30, 40, 0, 0];
    if (isFound) own[4 + (box % 2)] = factor * (0.5 + 0.1 * box);
    own.forEach((value, row) => (data[row * 2100 + box] = value));
  }
  return { output0: { dtype: 'float32', dims: [1, 6, 2100], data } };
}

function matchOf(variant: (picture: number) => Feeds) {
  const comparison = new DataComparison();
  for (let picture = 0; picture < 8; picture++) comparison.add(head(picture), variant(picture), 1);
  return comparison.result();
}

it('tells a detector that finds nothing any more, which the error of its outputs does not', () => {
  const nothing = matchOf((picture) => head(picture, 0.02));
  // Positions in pixels outweigh all scores.
  expect(nothing.sqnrDb).toBeGreaterThan(40);
  expect(nothing.perOutput[0]).toMatchObject({ kind: 'boxes', boxAgreement: { value: 0 } });
  expect(nothing.valid).toBe(false);
  expect(nothing.problem).toMatch(
    /^Output "output0" finds 0\.0\s% of the original's boxes again \(mAP@50, 24 boxes\)\.$/,
  );
});

it('is 1 for slightly moved boxes and scores, and falls for boxes in other places', () => {
  const near = matchOf((picture) => head(picture, 0.9, 1));
  expect(near.perOutput[0]!.boxAgreement).toEqual({ value: 1, interval: [1, 1] });
  expect(near).toMatchObject({ valid: true });
  expect(near).not.toHaveProperty('problem');
  const far = matchOf((picture) => head(picture, 1, picture % 2 === 0 ? 25 : 0));
  expect(far.perOutput[0]!.boxAgreement!.value).toBeLessThan(0.7);
  expect(far.perOutput[0]!.boxAgreement!.value).toBeGreaterThan(0.2);
});

it('takes several samples at once, and has no figure if the original finds nothing', () => {
  const both = (factor: number): Feeds => {
    const [first, second] = [head(0, factor), head(1, factor)].map((feeds) => feeds['output0']!.data as Float32Array);
    return { output0: { dtype: 'float32', dims: [2, 6, 2100], data: Float32Array.from([...first!, ...second!]) } };
  };
  const comparison = new DataComparison();
  comparison.add(both(1), both(0.95), 2);
  expect(comparison.result()).toMatchObject({ samples: 2, perOutput: [{ kind: 'boxes', boxAgreement: { value: 1 } }] });
  const empty = new DataComparison();
  empty.add(both(0.1), both(0.1), 2);
  expect(empty.result().perOutput[0]).not.toHaveProperty('boxAgreement');
});
