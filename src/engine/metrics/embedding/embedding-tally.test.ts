import { expect, it } from 'vitest';
import { EmbeddingTally } from './embedding-tally';

const step = (values: readonly number[]) => ({ dtype: 'float32', dims: [1, 2], data: Float32Array.from(values) });

it('adds the steps of a sample up before it looks for neighbors', () => {
  const tally = new EmbeddingTally();
  const count = 40;
  for (let sample = 0; sample < count; sample++) {
    // After the first step all samples look alike. The second step distinguishes pairs of neighbors, which are other pairs in the second
    // model.
    const angle = (Math.floor(sample / 2) * 2 * Math.PI) / (count / 2) + (sample % 2) * 0.01;
    const other = (Math.floor((sample + 1) / 2) * 2 * Math.PI) / (count / 2) + (sample % 2) * 0.01;
    tally.add(step([0, 0]), step([0, 0]), 1, false);
    tally.add(step([Math.cos(angle), Math.sin(angle)]), step([Math.cos(other), Math.sin(other)]), 1, true);
  }
  expect(tally.figures.neighborAgreement?.value).toBe(0);
  expect(tally.figures.cosineLoss?.value).toBeGreaterThan(0);
});

// From tools/golden/embeddings.py: NumPy, and SciPy's spearmanr.
it('has the figures of the reference', () => {
  const [count, width] = [60, 16];
  const vector = (values: (column: number) => number) => ({
    dtype: 'float32',
    dims: [1, width],
    data: Float32Array.from({ length: width }, (_, column) => values(column)),
  });
  const tally = new EmbeddingTally();
  for (let row = 0; row < count; row++) {
    const original = vector((column) => Math.sin(1 + 0.7 * row * (column + 1)));
    const variant = vector((column) => original.data[column]! + 0.3 * Math.sin(2 + 5 * row * column));
    tally.add(original, variant, 1, false);
  }
  const { neighborAgreement, recallAt10, similarityRank } = tally.figures;
  expect(neighborAgreement!.value).toBeCloseTo(0.466667, 4);
  expect(recallAt10!.value).toBeCloseTo(0.928333, 4);
  expect(similarityRank).toBeCloseTo(0.798601, 4);
});

it('has no recall of few samples', () => {
  const tally = new EmbeddingTally();
  for (let sample = 0; sample < 39; sample++) tally.add(step([1, sample]), step([1, sample]), 1, false);
  expect(tally.figures).toMatchObject({ neighborAgreement: { value: 1 }, similarityRank: 1 });
  expect(tally.figures).not.toHaveProperty('recallAt10');
});
