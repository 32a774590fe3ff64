import { expect, it } from 'vitest';
import { describeRandomness } from './describe-randomness';

const outputs = (...values: number[]) => ({
  y: { dtype: 'float32', dims: [values.length], data: Float32Array.from(values) },
  steady: { dtype: 'float32', dims: [1], data: Float32Array.of(1) },
});

it('says nothing of outputs that are repeated, but for rounding', () => {
  expect(describeRandomness(outputs(1, 2), outputs(1, 2))).toBeUndefined();
  expect(describeRandomness(outputs(1, 2), outputs(1.000001, 2))).toBeUndefined();
});

it('names the output that differs', () => {
  expect(describeRandomness(outputs(1, 2), outputs(1.5, 1))).toBe(
    'The original is not deterministic: two runs on the same inputs give different values of output "y", as in a model that draws random numbers.',
  );
});
