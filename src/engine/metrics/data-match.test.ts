import { describe, expect, it } from 'vitest';
import type { OutputKind } from '../data/output-kind';
import { createSeededRandom } from '../seeded-random';
import { DataComparison } from './data-match';

const floats = (values: number[], dims: number[]) => ({
  y: { dtype: 'float32', dims, data: Float32Array.from(values) },
});

function compare(original: number[], variant: number[], dims: number[], samples: number) {
  const comparison = new DataComparison();
  comparison.add(floats(original, dims), floats(variant, dims), samples);
  return comparison.result();
}

describe('DataComparison', () => {
  it('gives the divergence of scores as scipy does', () => {
    // scipy 1.16: rel_entr(softmax(p), softmax(q)).sum(1).mean().
    const { perOutput, samples } = compare([1, 2, 3, 0, 0, 1, 5, -1, 2], [1.5, 2, 2.5, 1, 0, 0.5, 4, -1, 2], [3, 3], 3);
    expect(samples).toBe(3);
    expect(perOutput[0]?.klDivergence).toBeCloseTo(0.09914680695901464, 7);
    expect(perOutput[0]?.agreement?.value).toBeCloseTo(2 / 3);
    expect(perOutput[0]).not.toHaveProperty('stepAgreement');
  });

  it('takes rows that add up to one as they are, of any rank', () => {
    const p = [0.5, 0.5, 0.9, 0.1];
    const q = [0.25, 0.75, 0.9, 0.1];
    const expected = 0.5 * Math.log(2) + 0.5 * Math.log(2 / 3);
    const { perOutput } = compare(p, q, [1, 2, 2], 1);
    expect(perOutput[0]?.klDivergence).toBeCloseTo(expected / 2, 6);
    // One of the sample's two rows has another largest element.
    expect(perOutput[0]?.agreement?.value).toBe(0);
  });

  it('takes no rows for probabilities if only the first adds up to one', () => {
    const kindOf = (values: number[]) =>
      compare(values, values, [values.length / 2, 2], values.length / 2).perOutput[0];
    expect(kindOf([0.1, 0.9, 0.8, 0.2])?.kind).toBe('probabilities');
    expect(kindOf([0.1, 0.9, 0.8, 0.9])?.kind).toBe('scores');
  });

  it('keeps the divergence finite for a probability of zero or a score of −∞', () => {
    expect(compare([0.5, 0.5], [1, 0], [1, 2], 1).perOutput[0]?.klDivergence).toBeGreaterThan(5);
    expect(compare([3, -Infinity], [3, -Infinity], [1, 2], 1).perOutput[0]?.klDivergence).toBe(0);
    // A row that makes a class impossible has no divergence: the mean is of the others.
    const [same, impossible] = [
      [1, 2],
      [1, -Infinity],
    ];
    expect(compare([...same, ...same], [...same, ...impossible], [2, 2], 2).perOutput[0]?.klDivergence).toBe(0);
    expect(compare(same, impossible, [1, 2], 1).perOutput[0]?.klDivergence).toBeNull();
  });

  it('sees no distribution in boxes, pictures and integers', () => {
    expect(compare([1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 2], 1).perOutput[0]).toEqual({
      name: 'y',
      kind: 'regression',
      reason: 'it has 2 numbers per step, without a sign that they are classes',
      klDivergence: null,
      agreement: null,
    });
  });

  it('has none for rows of one number, for any chosen kind', () => {
    for (const kind of ['scores', 'embedding'] as const) {
      const comparison = new DataComparison({ evidence: { chosen: { y: kind } } });
      comparison.add(floats([1, 2, 3], [3, 1]), floats([1, 2, 3], [3, 1]), 3);
      expect(comparison.result().perOutput[0]).toEqual({
        name: 'y',
        kind,
        reason: 'you set it',
        klDivergence: null,
        agreement: null,
      });
    }
  });

  it('counts the samples whose texts are the same, and gives texts no divergence', () => {
    const labels = (...data: string[]) => ({ label: { dtype: 'string', dims: [data.length], data } });
    const comparison = new DataComparison();
    comparison.add(labels('a', 'b'), labels('a', 'c'), 2);
    comparison.add(labels('a', 'b'), labels('a', 'b'), 2);
    const { sqnrDb, perOutput } = comparison.result();
    expect(sqnrDb).toBeNull();
    expect(perOutput[0]).toMatchObject({ klDivergence: null, agreement: { value: 3 / 4 } });
  });

  it('counts a sample with several steps once, and as agreeing only when all steps do', () => {
    const comparison = new DataComparison();
    const steps = (agreements: boolean[]) =>
      agreements.forEach((agrees, step) =>
        comparison.add(floats([1, 0], [1, 2]), floats(agrees ? [2, 0] : [0, 2], [1, 2]), 1, { continues: step > 0 }),
      );
    steps([true, true, true]);
    steps([true, false, true]);
    steps([false, true]);
    const { samples, perOutput } = comparison.result();
    expect(samples).toBe(3);
    expect(perOutput[0]?.agreement?.value).toBeCloseTo(1 / 3);
  });

  it('does not count a missing or misshapen output as agreeing', () => {
    const comparison = new DataComparison();
    comparison.add(floats([1, 0], [1, 2]), {}, 1);
    comparison.add(floats([1, 0], [1, 2]), floats([1, 0, 0], [1, 3]), 1);
    const { valid, perOutput } = comparison.result();
    expect(valid).toBe(false);
    expect(perOutput[0]).toMatchObject({ klDivergence: null, agreement: { value: 0 } });
  });
});

/** @param chosen what the output is taken for. */
function compareAs(
  chosen: OutputKind,
  [original, variant]: readonly [number[], number[]],
  dims: number[],
  samples: number,
) {
  const comparison = new DataComparison({ evidence: { chosen: { y: chosen } } });
  comparison.add(floats(original, dims), floats(variant, dims), samples);
  return comparison.result().perOutput[0]!;
}

describe('embeddings', () => {
  it('lose by their direction, with any length', () => {
    const { cosineLoss, klDivergence, agreement } = compareAs(
      'embedding',
      [
        [1, 0, 0, 2],
        [3, 0, 1, 1],
      ],
      [2, 2],
      2,
    );
    const expected = (1 - Math.SQRT1_2) / 2;
    expect(cosineLoss?.value).toBeCloseTo(expected, 12);
    // scipy 1.16: t.interval(0.95, 1, loc, sem) of [0, 1 − √½].
    expect(cosineLoss!.interval[1] - expected).toBeCloseTo(12.706204736 * expected, 6);
    expect({ klDivergence, agreement }).toEqual({ klDivergence: null, agreement: null });
  });

  it('count zeros, non-numbers and missing values', () => {
    const lossOf = (original: number[], variant: number[]) =>
      compareAs('embedding', [original, variant], [1, 2], 1).cosineLoss?.value;
    expect(lossOf([0, 0], [0, 0])).toBe(0);
    expect(lossOf([1, 0], [0, 0])).toBe(1);
    expect(lossOf([1, 0], [-1, 0])).toBe(2);
    expect(lossOf([1, 0], [Number.NaN, 0])).toBe(1);
    const comparison = new DataComparison({ evidence: { chosen: { y: 'embedding' } } });
    comparison.add(floats([1, 0], [1, 2]), {}, 1);
    expect(comparison.result().perOutput[0]?.cosineLoss?.value).toBe(1);
  });

  it('compare the nearest other sample of each', () => {
    const original = [1, 0, 0.9, 0.1, 0, 1, 0.1, 0.9];
    // The last one goes over to the first two.
    const variant = [1, 0, 0.9, 0.1, 0, 1, 1, 0.05];
    expect(compareAs('embedding', [original, original], [4, 2], 4).neighborAgreement?.value).toBe(1);
    expect(compareAs('embedding', [original, variant], [4, 2], 4).neighborAgreement?.value).toBe(0);
    expect(
      compareAs('embedding', [original.slice(0, 4), original.slice(0, 4)], [2, 2], 2).neighborAgreement,
    ).toBeUndefined();
  });

  it('do not depend on how samples are run together', () => {
    const random = createSeededRandom(7);
    const numbers = (count: number) => Array.from({ length: count }, () => random.next() - 0.5);
    const [original, noise] = [numbers(300 * 8), numbers(300 * 8)];
    const variant = original.map((value, index) => value + noise[index]! / 5);
    const together = compareAs('embedding', [original, variant], [300, 8], 300);
    const comparison = new DataComparison({ evidence: { chosen: { y: 'embedding' } } });
    for (let at = 0; at < original.length; at += 8) {
      comparison.add(floats(original.slice(at, at + 8), [1, 8]), floats(variant.slice(at, at + 8), [1, 8]), 1);
    }
    expect(comparison.result().perOutput[0]).toEqual(together);
    expect(together.neighborAgreement?.value).toBeGreaterThan(0.05);
    expect(together.neighborAgreement?.value).toBeLessThan(0.9);
    // Only 256 of the 300 samples are compared for neighbors.
    expect((together.neighborAgreement!.value * 256) % 1).toBe(0);
  });

  it('of steps are one vector for a sample, also if the steps come one by one', () => {
    const [original, variant] = [
      [1, 0, 0, 1],
      [1, 0, 1, 0],
    ];
    const together = compareAs('embedding', [original, variant], [1, 2, 2], 1);
    expect(together.cosineLoss?.value).toBeCloseTo(0.5);
    const comparison = new DataComparison({ evidence: { chosen: { y: 'embedding' } } });
    for (const step of [0, 1]) {
      const part = (values: number[]) => floats(values.slice(2 * step, 2 * step + 2), [1, 2]);
      comparison.add(part(original), part(variant), 1, { continues: step > 0 });
    }
    expect(comparison.result().perOutput[0]?.cosineLoss).toEqual(together.cosineLoss);
  });
});

describe('maps and sequences', () => {
  it('overlap in values above one half', () => {
    const [original, variant] = [
      [0.9, 0.8, 0.1, 0.2, 0, 0, 0, 0],
      [0.9, 0.4, 0.6, 0.2, 0, 0, 0, 0],
    ];
    // One of three places, and nothing beside nothing.
    expect(compareAs('map', [original, variant], [2, 1, 2, 2], 2).overlap?.value).toBeCloseTo((1 / 3 + 1) / 2);
    expect(
      compareAs(
        'map',
        [
          [3, -1],
          [3, -1],
        ],
        [1, 1, 1, 2],
        1,
      ).overlap,
    ).toBeUndefined();
    expect(
      compareAs(
        'map',
        [
          [0.1, 0.2],
          [0.9, 0.2],
        ],
        [1, 1, 1, 2],
        1,
      ).overlap,
    ).toBeUndefined();
  });

  it('agree in steps and as a whole', () => {
    const [original, variant] = [
      [2, 0, 2, 0, 0, 2, 2, 0],
      [2, 0, 0, 2, 0, 2, 2, 0],
    ];
    const { agreement, stepAgreement, klDivergence } = compareAs('sequence', [original, variant], [2, 2, 2], 2);
    expect(agreement?.value).toBe(1 / 2);
    expect(stepAgreement?.value).toBe(3 / 4);
    expect(klDivergence).toBeGreaterThan(0.1);
  });
});
