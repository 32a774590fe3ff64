import { describe, expect, it } from 'vitest';
import { DataType } from '../../../onnx/data-type';
import type { Node } from '../../../onnx/graph';
import { createTensor } from '../../../onnx/tensor';
import { int64Tensor, node } from '../../../onnx/testing/build';
import { operators } from '../testing/simplified.runtime';
import { chain, merged, untouched } from './testing/merged-chain.runtime';

describe('mergeSlices', () => {
  const cut = (from: string, to: string, names: string) =>
    node('Slice', [from, ...['starts', 'ends', 'axes', 'steps'].map((part) => `${names}_${part}`)], [to]);
  const numbersOf = (names: string, parts: readonly number[]) =>
    ['starts', 'ends', 'axes', 'steps'].map((part, index) => int64Tensor(`${names}_${part}`, [1], [parts[index]!]));

  it('makes one Slice of two along different axes', async () => {
    const initializers = [...numbersOf('p', [1, 4, 1, 1]), ...numbersOf('q', [-1, -9, -1, -2])];
    const result = await merged(chain([cut('x', 'a', 'p'), cut('a', 'y', 'q')], { initializers }));
    expect(operators(result)).toEqual(['Slice']);
  });

  it('makes one Slice of two in older operator sets', async () => {
    const nodes = [
      node('Slice', ['x'], ['a'], { starts: [1n], ends: [3n], axes: [2n] }),
      node('Slice', ['a'], ['y'], { starts: [0n, 1n], ends: [2n, 3n] }),
    ];
    expect(operators(await merged(chain(nodes, { opset: 9 })))).toEqual(['Slice']);
  });

  it.each([9, 13])('keeps "to the end" of two Slices as exporters write it, opset %i', async (opset) => {
    const end = 2n ** 63n - 1n;
    const cutToEnd = (from: string, to: string, axis: bigint): Node =>
      opset < 10
        ? node('Slice', [from], [to], { starts: [1n], ends: [end], axes: [axis] })
        : node('Slice', [from, 'one', 'end', `axis${axis}`], [to]);
    const initializers = [
      int64Tensor('one', [1], [1]),
      createTensor({ name: 'end', dataType: DataType.int64, dims: [1], bytes: BigInt64Array.of(end) }),
      int64Tensor('axis1', [1], [1]),
      int64Tensor('axis2', [1], [2]),
    ];
    const parts = opset < 10 ? { opset } : { opset, initializers };
    const result = await merged(chain([cutToEnd('x', 'a', 1n), cutToEnd('a', 'y', 2n)], parts));
    expect(operators(result)).toEqual(['Slice']);
  });

  it('joins several Slices of one value into one', async () => {
    const initializers = [
      ...numbersOf('p', [0, 9, 1, 2]),
      ...numbersOf('q', [0, 9, 2, 2]),
      ...numbersOf('r', [1, 9, 2, 2]),
    ];
    const cuts = [cut('x', 'a', 'p'), cut('a', 'b', 'q'), cut('a', 'c', 'r')];
    const nodes = [...cuts, node('Concat', ['b', 'c'], ['y'], { axis: 1n })];
    expect(operators(await merged(chain(nodes, { initializers })))).toEqual(['Slice', 'Slice', 'Concat']);
  });

  it.each<[string, Node]>([
    ['something else reads', node('Neg', ['a'], ['c'])],
    ['another one cuts along the same axis', cut('a', 'c', 'r')],
  ])('leaves a Slice of one that %s', async (_name, other) => {
    const initializers = [
      ...numbersOf('p', [0, 9, 1, 1]),
      ...numbersOf('q', [0, 9, 2, 2]),
      ...numbersOf('r', [0, 3, 1, 1]),
    ];
    const nodes = [cut('x', 'a', 'p'), cut('a', 'b', 'q'), other, node('Concat', ['b', 'c'], ['y'], { axis: 2n })];
    await untouched(
      chain(nodes, {
        initializers,
        input: ['N', 3, 6],
      }),
    );
  });

  it('leaves two Slices along one axis', async () => {
    const initializers = [...numbersOf('p', [0, 5, 2, 1]), ...numbersOf('q', [1, 3, -1, 1])];
    await untouched(chain([cut('x', 'a', 'p'), cut('a', 'y', 'q')], { initializers }));
  });
});
