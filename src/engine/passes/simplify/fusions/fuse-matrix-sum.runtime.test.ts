import { describe, expect, it } from 'vitest';
import { DataType } from '../../../onnx/data-type';
import type { Node, Tensor } from '../../../onnx/graph';
import { createTensor } from '../../../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { fuseMatrixSum } from './fuse-matrix-sum';
import { operators, simplified } from '../testing/simplified.runtime';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => Math.sin(index * 1.7 + 1));

const build = (nodes: readonly Node[], initializers: readonly Tensor[] = [], opset = 17) =>
  model(
    graph({
      nodes,
      initializers,
      inputs: [
        valueInfo('x', ['N', 4]),
        valueInfo('h', ['N', 3]),
        valueInfo('u', [4, 3]),
        valueInfo('row', [3]),
        valueInfo('column', ['N', 1]),
        valueInfo('stack', [2, 'N', 3]),
      ],
      outputs: [valueInfo('y', null)],
    }),
    { opset },
  );
const product = node('MatMul', ['x', 'u'], ['p']);

describe('fuse-matrix-sum', () => {
  it.each<[string, readonly Node[], readonly Tensor[]]>([
    ['a computed weight and a bias for each column', [product, node('Add', ['p', 'row'], ['y'])], []],
    ['a bias on the left, for each row', [product, node('Add', ['column', 'p'], ['y'])], []],
    ['a whole matrix', [product, node('Add', ['p', 'h'], ['y'])], []],
    ['a constant number', [product, node('Add', ['p', 'c'], ['y'])], [floatTensor('c', [], [0.5])]],
    [
      'a constant weight',
      [node('MatMul', ['x', 'w'], ['p']), node('Add', ['p', 'h'], ['y'])],
      [floatTensor('w', [4, 3], numbers(12))],
    ],
  ])('makes a Gemm with %s', async (_name, nodes, initializers) => {
    const { model: result } = await simplified(build(nodes, initializers), fuseMatrixSum);
    expect(operators(result)).toEqual(['Gemm']);
  });

  it('takes one of two products that are added', async () => {
    const nodes = [
      node('MatMul', ['x', 'u'], ['a']),
      node('MatMul', ['h', 'v'], ['b']),
      node('Add', ['a', 'b'], ['y']),
    ];
    const { model: result } = await simplified(build(nodes, [floatTensor('v', [3, 3], numbers(9))]), fuseMatrixSum);
    expect(operators(result)).toEqual(['MatMul', 'Gemm']);
  });

  it.each<[string, readonly Node[], readonly Tensor[]]>([
    ['a bias of more axes', [product, node('Add', ['p', 'stack'], ['y'])], []],
    [
      'a bias that makes the result larger',
      [node('MatMul', ['line', 'u'], ['p']), node('Add', ['p', 'h'], ['y'])],
      [floatTensor('line', [1, 4], numbers(4))],
    ],
    [
      'a product that something else reads',
      [product, node('Add', ['p', 'h'], ['s']), node('Mul', ['s', 'p'], ['y'])],
      [],
    ],
    ['a product that is added to itself', [product, node('Add', ['p', 'p'], ['y'])], []],
    [
      'products of stacks',
      [node('MatMul', ['stack', 'v'], ['p']), node('Add', ['p', 'row'], ['y'])],
      [floatTensor('v', [3, 3], numbers(9))],
    ],
    [
      'float64',
      [
        node('Cast', ['x'], ['dx'], { to: BigInt(DataType.float64) }),
        node('Cast', ['u'], ['du'], { to: BigInt(DataType.float64) }),
        node('Cast', ['h'], ['dh'], { to: BigInt(DataType.float64) }),
        node('MatMul', ['dx', 'du'], ['p']),
        node('Add', ['p', 'dh'], ['s']),
        node('Cast', ['s'], ['y'], { to: BigInt(DataType.float32) }),
      ],
      [],
    ],
  ])('leaves %s', async (_name, nodes, initializers) => {
    const original = build(nodes, initializers);
    expect((await simplified(original, fuseMatrixSum)).model).toBe(original);
  });

  it('leaves a product of dequantized values, with the reason', async () => {
    const weight = createTensor({
      name: 'q',
      dataType: DataType.int8,
      dims: [4, 3],
      bytes: Int8Array.from({ length: 12 }, (_, i) => i - 6),
    });
    const nodes = [
      node('DequantizeLinear', ['q', 's'], ['w']),
      node('MatMul', ['x', 'w'], ['p']),
      node('Add', ['p', 'row'], ['y']),
    ];
    const original = build(nodes, [weight, floatTensor('s', [], [0.1])]);
    const { model: result, refusals } = await simplified(original, fuseMatrixSum);
    expect(result).toBe(original);
    expect(refusals).toMatchObject([{ code: 'dequantized-product', path: 'graph/Add_2' }]);
  });
});
