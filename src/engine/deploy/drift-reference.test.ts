import { describe, expect, it } from 'vitest';
import type { Feeds } from '../data/feeds';
import { referenceOf } from './drift-reference';

async function* feeds(count: number, valuesOf: (index: number) => Float32Array): AsyncGenerator<Feeds> {
  for (let index = 0; index < count; index++) {
    const data = valuesOf(index);
    yield {
      x: { dtype: 'float32', dims: [1, data.length], data },
      ids: { dtype: 'int64', dims: [1, 1], data: BigInt64Array.of(7n) },
      text: { dtype: 'string', dims: [1], data: ['a'] },
    };
    await Promise.resolve();
  }
}

const now = () => Promise.resolve();

describe('referenceOf', () => {
  it('gives deciles of mean and deviation, and the share of each bin; nothing of texts and constants', async () => {
    const reference = await referenceOf(
      feeds(100, (index) => Float32Array.of(index, index + 2)),
      'numbers.csv',
      now,
    );
    expect(reference).toMatchObject({ schema: 'pareto/drift-reference/1', samples: 100, data: 'numbers.csv' });
    // The deviation is always 1: a constant.
    expect(reference!.features.map(({ input, feature }) => [input, feature])).toEqual([['x', 'mean']]);
    const { edges, shares, quantiles, chiSquared } = reference!.features[0]!;
    expect([edges.length, quantiles.length, chiSquared]).toEqual([9, 21, 27.877]);
    expect([quantiles[0], quantiles[10], quantiles[20]]).toEqual([1, 50.5, 100]);
    for (const share of shares) expect(share).toBeCloseTo(0.1, 2);
  });

  it('adds class and confidence of outputs with scores, of logits and of shares alike', async () => {
    const logits = (sample: Feeds) => {
      const value = (sample['x']!.data as Float32Array)[0]!;
      const data = Float32Array.of(value % 2 === 0 ? 2 : -2, 0);
      return Promise.resolve({
        y: { dtype: 'float32', dims: [1, 2], data },
        map: { dtype: 'float32', dims: [1, 2, 2], data: new Float32Array(4) },
      });
    };
    const values = (index: number) => Float32Array.of(index, index);
    const reference = await referenceOf(feeds(100, values), '', now, logits);
    expect(reference).toMatchObject({ outputSamples: 100 });
    const [classes, confidence] = reference!.outputFeatures!;
    expect([classes!.output, classes!.feature, classes!.shares]).toEqual(['y', 'class', [0.5, 0.5]]);
    // 1 ÷ (1 + e⁻²) for both classes: always the same, so nothing to watch.
    expect(confidence).toBeUndefined();
    const shares = (sample: Feeds) => {
      const share = 0.5 + (sample['x']!.data as Float32Array)[0]! / 400;
      return Promise.resolve({ p: { dtype: 'float32', dims: [1, 2], data: Float32Array.of(share, 1 - share) } });
    };
    const { outputFeatures } = (await referenceOf(feeds(100, values), '', now, shares))!;
    expect(outputFeatures!.map(({ feature }) => feature)).toEqual(['confidence']);
    expect(outputFeatures![0]!.quantiles[20]).toBeCloseTo(0.5 + 99 / 400, 5);
  });

  it('merges bins of equal values and returns none for too few samples', async () => {
    const mostlyZero = await referenceOf(
      feeds(100, (index) => Float32Array.of(Math.max(0, index - 70))),
      '',
      now,
    );
    const { edges, shares } = mostlyZero!.features[0]!;
    expect(edges[0]).toBe(0);
    expect(shares[0]).toBeCloseTo(0.71, 2);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
    expect(
      await referenceOf(
        feeds(19, (index) => Float32Array.of(index)),
        '',
        now,
      ),
    ).toBeNull();
  });
});
