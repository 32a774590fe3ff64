import { describe, expect, it } from 'vitest';
import type { Node } from '../../../onnx/graph';
import { readIntegers } from '../../../onnx/tensor';
import { int64Tensor, node } from '../../../onnx/testing/build';
import { getAttributeInts } from '../../../onnx/traverse';
import { operators } from '../testing/simplified.runtime';
import { chain, constantOf, merged, untouched, type Chain } from './testing/merged-chain.runtime';

describe('mergeReshapes', () => {
  it.each<[string, Node, Node, Chain, readonly number[]]>([
    [
      'Reshape, Reshape',
      node('Reshape', ['x', 's'], ['a']),
      node('Reshape', ['a', 't'], ['y']),
      { initializers: [int64Tensor('s', [2], [-1, 24]), int64Tensor('t', [3], [-1, 8, 3])] },
      [-1, 8, 3],
    ],
    [
      'Reshape, Reshape that keeps a size of the input',
      node('Reshape', ['x', 's'], ['a']),
      node('Reshape', ['a', 't'], ['y']),
      { initializers: [int64Tensor('s', [2], [0, 24]), int64Tensor('t', [3], [0, 2, -1])] },
      [0, 2, 12],
    ],
    [
      'Reshape, Reshape that keeps a size in between',
      node('Reshape', ['x', 's'], ['a']),
      node('Reshape', ['a', 't'], ['y']),
      { initializers: [int64Tensor('s', [2], [24, -1]), int64Tensor('t', [3], [0, -1, 1])] },
      [24, -1, 1],
    ],
    [
      'Unsqueeze, Reshape',
      node('Unsqueeze', ['x', 's'], ['a']),
      node('Reshape', ['a', 't'], ['y']),
      { initializers: [int64Tensor('s', [1], [1]), int64Tensor('t', [2], [-1, 12])], output: [null, null] },
      [-1, 12],
    ],
    [
      'Reshape, Unsqueeze',
      node('Reshape', ['x', 's'], ['a']),
      node('Unsqueeze', ['a', 't'], ['y']),
      { initializers: [int64Tensor('s', [2], [-1, 24]), int64Tensor('t', [1], [-1])] },
      [0, 24, 1],
    ],
    [
      'Flatten, Reshape',
      node('Flatten', ['x'], ['a'], { axis: 2n }),
      node('Reshape', ['a', 't'], ['y']),
      { initializers: [int64Tensor('t', [1], [-1])], output: [null] },
      [-1],
    ],
  ])('makes one Reshape of %s', async (_name, first, second, parts, target) => {
    const result = await merged(chain([first, second], parts));
    expect(operators(result)).toEqual(['Reshape']);
    expect(constantOf(result, 1)).toEqual(target);
  });

  it('makes one Reshape of a partition into one window and back, whose Transposes move axes of one element', async () => {
    const perm = [0n, 1n, 3n, 2n, 4n, 5n];
    const nodes = [
      node('Reshape', ['x', 's'], ['a']),
      node('Transpose', ['a'], ['b'], { perm }),
      node('Reshape', ['b', 't'], ['y']),
    ];
    const initializers = [int64Tensor('s', [6], [2, 1, 4, 1, 3, 5]), int64Tensor('t', [3], [2, 12, 5])];
    const result = await merged(chain(nodes, { input: [2, 4, 3, 5], output: [2, 12, 5], initializers }));
    expect(operators(result)).toEqual(['Reshape']);
  });

  it('leaves a Transpose that moves elements, or axes of which one may have several', async () => {
    const perm = [1n, 0n, 2n];
    const nodes = [node('Reshape', ['x', 's'], ['a']), node('Transpose', ['a'], ['y'], { perm })];
    await untouched(chain(nodes, { input: [2, 12], initializers: [int64Tensor('s', [3], [2, 3, 4])] }));
    const opened = [node('Unsqueeze', ['x', 's'], ['a']), node('Transpose', ['a'], ['y'], { perm })];
    const initializers = [int64Tensor('s', [1], [2])];
    await untouched(chain(opened, { input: ['N', 'M'], output: ['M', 'N', 1], initializers }));
  });

  it('leaves a Reshape whose target keeps an open size of the shape in between', async () => {
    const nodes = [node('Reshape', ['x', 's'], ['a']), node('Reshape', ['a', 't'], ['y'])];
    const initializers = [int64Tensor('s', [3], [4, -1, 5]), int64Tensor('t', [4], [0, 0, 5, 1])];
    const further = [node('Squeeze', ['x', 'axis'], ['a']), node('Reshape', ['a', 't'], ['y'])];
    await untouched(
      chain(further, {
        input: [1, 'N', 'M', 5],
        output: [null, null, null, null],
        initializers: [int64Tensor('axis', [1], [0]), int64Tensor('t', [4], [0, 0, 5, 1])],
      }),
    );
    const result = await merged(chain(nodes, { input: ['N', 4, 5], output: [null, null, null, null], initializers }));
    expect(constantOf(result, 1)).toEqual([4, -1, 5, 1]);
  });

  it('removes Squeeze and Unsqueeze pairs that cancel out, with any open sizes', async () => {
    const axes = [int64Tensor('s', [1], [1])];
    const nodes = [
      node('Relu', ['x'], ['r']),
      node('Unsqueeze', ['r', 's'], ['a']),
      node('Squeeze', ['a', 's'], ['b']),
      node('Neg', ['b'], ['y']),
    ];
    const result = await merged(chain(nodes, { input: ['N', 'M'], output: [null, null], initializers: axes }));
    expect(operators(result)).toEqual(['Relu', 'Neg']);
  });

  it('leaves a Squeeze of other axes than the inserted ones, if two sizes are open', async () => {
    const initializers = [int64Tensor('s', [1], [0]), int64Tensor('t', [1], [-1])];
    const nodes = [node('Unsqueeze', ['x', 's'], ['a']), node('Squeeze', ['a', 't'], ['y'])];
    await untouched(chain(nodes, { input: ['N', 'M', 1], output: [null, null, null], initializers }));
  });

  it.each([11, 17])('makes one Squeeze, and one Unsqueeze, of all axes in opset %i', async (opset) => {
    const isInput = opset >= 13;
    const step = (op: string, from: string, to: string, axes: readonly number[]) =>
      isInput ? node(op, [from, `${to}_axes`], [to]) : node(op, [from], [to], { axes: axes.map(BigInt) });
    const initializers = isInput
      ? [
          int64Tensor('a_axes', [1], [-1]),
          int64Tensor('b_axes', [1], [1]),
          int64Tensor('c_axes', [1], [1]),
          int64Tensor('y_axes', [2], [0, -1]),
        ]
      : [];
    const nodes = [
      step('Squeeze', 'x', 'a', [-1]),
      step('Squeeze', 'a', 'b', [1]),
      node('Relu', ['b'], ['r']),
      step('Unsqueeze', 'r', 'c', [1]),
      step('Unsqueeze', 'c', 'y', [0, -1]),
    ].map((each) =>
      opset < 13 ? { ...each, attributes: each.attributes.filter(({ name }) => name === 'axes') } : each,
    );
    const input = ['N', 1, 'M', 1];
    const output = [null, null, null, null, null];
    // ONNX Runtime takes negative axes of Unsqueeze from opset 11 on.
    const result = await merged(chain(nodes, { input, output, initializers, opset }));
    expect(operators(result)).toEqual(['Squeeze', 'Relu', 'Unsqueeze']);
    const axes = [0, 2].map((index) => {
      const each = result.graph!.nodes[index]!;
      const tensor = result.graph!.initializers.find(({ name }) => name === each.inputs[1]);
      return tensor ? readIntegers(tensor).map(Number) : getAttributeInts(each, 'axes');
    });
    expect(axes).toEqual([
      [1, 3],
      [0, 2, 4],
    ]);
  });
});
