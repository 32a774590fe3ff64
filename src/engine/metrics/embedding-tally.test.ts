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
