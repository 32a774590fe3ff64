import { describe, expect, it } from 'vitest';
import type { Node, Tensor } from '../../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { getAttributeInt } from '../../../onnx/traverse';
import { fuseTransposes } from './fuse-transposes';
import { operators, simplified } from '../testing/simplified.runtime';

type Shape = readonly (number | string | null)[];

const numbers = (count: number) => Array.from({ length: count }, (_, index) => Math.sin(index * 1.7));
const build = (
  nodes: readonly Node[],
  { x = ['N', 4] as Shape, z = ['N', 3] as Shape, y = [null, null] as Shape, initializers = [] as readonly Tensor[] },
) =>
  model(graph({ nodes, initializers, inputs: [valueInfo('x', x), valueInfo('z', z)], outputs: [valueInfo('y', y)] }));
const flags = (gemm: Node) => [getAttributeInt(gemm, 'transA') ?? 0, getAttributeInt(gemm, 'transB') ?? 0];

describe('fuse-transposes', () => {
  it('puts a Transpose into Gemm, on either side, and undoes an existing one', async () => {
    const initializers = [floatTensor('b', [3], numbers(3)), floatTensor('w', [4, 3], numbers(12))];
    const nodes = [
      node('Transpose', ['x'], ['a']),
      node('Gemm', ['a', 'z', 'b'], ['g'], { alpha: 0.5 }),
      node('Transpose', ['w'], ['v'], { perm: [1n, 0n] }),
      node('Gemm', ['g', 'v'], ['y'], { transA: 1n, transB: 1n }),
    ];
    const { model: result } = await simplified(build(nodes, { initializers }), fuseTransposes);
    expect(operators(result)).toEqual(['Gemm', 'Gemm']);
    expect(result.graph!.nodes.map(flags)).toEqual([
      [1, 0],
      [1, 0],
    ]);
    // A weight is read as it is.
    expect(result.graph!.initializers.map(({ name }) => name)).toEqual(['b', 'w']);
  });

  it('makes a Gemm of a product of matrices', async () => {
    const nodes = [node('Transpose', ['x'], ['a']), node('MatMul', ['a', 'z'], ['y'])];
    const { model: result } = await simplified(build(nodes, {}), fuseTransposes);
    expect(result.graph!.nodes.map(({ opType }) => opType)).toEqual(['Gemm']);
    expect(flags(result.graph!.nodes[0]!)).toEqual([1, 0]);
  });

  it('puts one Transpose into both sides of a product', async () => {
    const nodes = [node('Transpose', ['x'], ['a']), node('Gemm', ['a', 'a'], ['y'], { transA: 1n })];
    const { model: result } = await simplified(build(nodes, {}), fuseTransposes);
    expect(result.graph!.nodes.map(flags)).toEqual([[0, 1]]);
  });

  it('leaves products of more than two axes, and a Transpose that something else reads', async () => {
    const batch = build([node('Transpose', ['x'], ['a'], { perm: [0n, 2n, 1n] }), node('MatMul', ['a', 'z'], ['y'])], {
      x: ['N', 5, 4],
      z: ['N', 5, 3],
      y: [null, null, null],
    });
    const shared = build(
      [
        node('Transpose', ['x'], ['a']),
        node('MatMul', ['a', 'z'], ['p']),
        node('MatMul', ['x', 'a'], ['q']),
        node('Gemm', ['q', 'z'], ['r']),
        node('MatMul', ['x', 'p'], ['s']),
        node('Add', ['r', 's'], ['y']),
      ],
      {},
    );
    for (const original of [batch, shared]) {
      expect((await simplified(original, fuseTransposes)).model).toBe(original);
    }
  });
});
