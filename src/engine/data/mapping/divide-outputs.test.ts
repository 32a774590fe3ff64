import { expect, it } from 'vitest';
import { divideOutputs } from './divide-outputs';
import { productOf } from '../../product-of';

const tensor = (dims: readonly number[], dtype = 'float32') => {
  const count = productOf(dims);
  return { dtype, dims, data: Float32Array.from({ length: count }, (_, index) => index) };
};

it('cuts the first axis, without copying', () => {
  const y = tensor([4, 3]);
  const parts = divideOutputs({ y }, { count: 2, axes: {}, single: undefined });
  expect(parts).toEqual([
    { y: { dtype: 'float32', dims: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) } },
    { y: { dtype: 'float32', dims: [2, 3], data: Float32Array.of(6, 7, 8, 9, 10, 11) } },
  ]);
  expect((parts![1]!.y!.data as Float32Array).buffer).toBe(y.data.buffer);
});

it('splits along the given axis if samples are not on the first', () => {
  const parts = divideOutputs({ h: tensor([2, 2, 3]) }, { count: 2, axes: { h: 1 }, single: undefined });
  expect(parts!.map(({ h }) => h)).toEqual([
    { dtype: 'float32', dims: [2, 1, 3], data: Float32Array.of(0, 1, 2, 6, 7, 8) },
    { dtype: 'float32', dims: [2, 1, 3], data: Float32Array.of(3, 4, 5, 9, 10, 11) },
  ]);
});

it('cuts texts', () => {
  const label = { dtype: 'string', dims: [2, 1], data: ['cat', 'dog'] };
  const parts = divideOutputs({ label }, { count: 2, axes: {}, single: undefined });
  expect(parts!.map((part) => part.label!.data)).toEqual([['cat'], ['dog']]);
});

it.each([
  ['it is one number', [], {}, undefined],
  ['its first axis cannot be divided', [3, 2], {}, undefined],
  ['the parts have another shape than the output of one sample', [4, 3], {}, [1, 3]],
  ['the parts have another rank', [2, 3], {}, [3]],
  ['the axis that counts samples is missing', [2], { y: 1 }, undefined],
] as const)('returns undefined if %s', (_, dims, axes, one) => {
  const single = one && { y: tensor(one) };
  expect(divideOutputs({ y: tensor(dims) }, { count: 2, axes, single })).toBeUndefined();
});

it('lets a state grow, whose axis is known', () => {
  const parts = divideOutputs(
    { past: tensor([2, 7]) },
    { count: 2, axes: { past: 0 }, single: { past: tensor([1, 6]) } },
  );
  expect(parts![1]!.past!.dims).toEqual([1, 7]);
});
