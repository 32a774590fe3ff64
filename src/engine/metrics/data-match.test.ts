import { describe, expect, it } from 'vitest';
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

  it('keeps the divergence finite where a probability is zero or a score −∞', () => {
    expect(compare([0.5, 0.5], [1, 0], [1, 2], 1).perOutput[0]?.klDivergence).toBeGreaterThan(5);
    expect(compare([3, -Infinity], [3, -Infinity], [1, 2], 1).perOutput[0]?.klDivergence).toBe(0);
  });

  it('sees no distribution in boxes, pictures and integers', () => {
    expect(compare([1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 2], 1).perOutput[0]).toEqual({
      name: 'y',
      klDivergence: null,
      agreement: null,
    });
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
