import { expect, it } from 'vitest';
import { chooseBatch } from './choose-batch';

const floats = (count: number) => ({ x: { dtype: 'float32', dims: [1, count], data: new Float32Array(count) } });

it.each([
  ['small samples', 784, 10, 64],
  ['pictures of 224', 3 * 224 * 224, 1000, 16],
  ['large outputs', 784, 1_000_000, 4],
  ['samples over the limit', 10_000_000, 1, 1],
  ['no elements', 0, 0, 64],
])('%s', (_, input, output, batch) => {
  expect(chooseBatch([floats(input)], floats(output))).toBe(batch);
});

it('counts all steps of a sample', () => {
  const steps = Array.from({ length: 3000 }, () => floats(512));
  expect(chooseBatch(steps, floats(1))).toBe(2);
});
