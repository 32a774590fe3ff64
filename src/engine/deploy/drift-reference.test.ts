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

  it('merges bins where many values are equal, and is none of too few samples', async () => {
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
