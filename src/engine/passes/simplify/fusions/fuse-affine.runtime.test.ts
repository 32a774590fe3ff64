import { describe, expect, it } from 'vitest';
import { DataType } from '../../../onnx/data-type';
import type { Node, Tensor } from '../../../onnx/graph';
import { float32ToFloat16 } from '../../../onnx/half-float';
import { createTensor } from '../../../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { fuseAffine } from './fuse-affine';
import { removeUnused } from '../remove-unused';
import { operators, simplified } from '../testing/simplified.runtime';

const numbers = (count: number, seed = 1) => Array.from({ length: count }, (_, index) => Math.sin(index * 1.7 + seed));
const positive = (count: number) => numbers(count).map((value) => value * value + 0.5);

const normalization = (channels: number): readonly Tensor[] => [
  floatTensor('gain', [channels], numbers(channels, 2)),
  floatTensor('offset', [channels], numbers(channels, 3)),
  floatTensor('mean', [channels], numbers(channels, 4)),
  floatTensor('variance', [channels], positive(channels)),
];

const build = (
  nodes: readonly Node[],
  initializers: readonly Tensor[],
  input: readonly (number | string)[],
  rank: number,
) =>
  model(
    graph({
      nodes,
      initializers,
      inputs: [valueInfo('x', input)],
      outputs: [
        valueInfo(
          'y',
          Array.from({ length: rank }, () => null),
        ),
      ],
    }),
  );

const batchNormalization = node('BatchNormalization', ['a', 'gain', 'offset', 'mean', 'variance'], ['y'], {
  epsilon: 1e-3,
});
const picture = ['N', 4, 6, 6] as const;

describe('fuse-affine', () => {
  it('leaves models alone in which attributes say how operands fit together', async () => {
    const layer = node('Conv', ['x', 'w'], ['a']);
    const weights = [floatTensor('w', [6, 4, 3, 3], numbers(216)), floatTensor('b', [1], [2])];
    const newer = build([layer, node('Add', ['a', 'b'], ['y'])], weights, picture, 4);
    expect(operators((await simplified(newer, fuseAffine)).model)).toEqual(['Conv']);
    const older = { ...newer, opsetImports: [{ version: 6n }] };
    const { model: result } = await simplified(older, fuseAffine);
    expect(result).toBe(older);
  });

  it.each<[string, Node, readonly Tensor[]]>([
    ['Conv', node('Conv', ['x', 'w'], ['a']), [floatTensor('w', [6, 4, 3, 3], numbers(216))]],
    [
      'Conv with a bias, in groups',
      node('Conv', ['x', 'w', 'b'], ['a'], { group: 2n }),
      [floatTensor('w', [6, 2, 3, 3], numbers(108)), floatTensor('b', [6], numbers(6))],
    ],
    [
      'ConvTranspose in groups',
      node('ConvTranspose', ['x', 'w'], ['a'], { group: 2n }),
      [floatTensor('w', [4, 3, 2, 2], numbers(48))],
    ],
  ])('puts batch normalization into %s', async (_name, layer, weights) => {
    const original = build([layer, batchNormalization], [...weights, ...normalization(6)], picture, 4);
    const { model: result } = await simplified(original, fuseAffine);
    expect(operators(result)).toEqual([layer.opType]);
    expect(result.graph!.nodes[0]!.outputs).toEqual(['y']);
  });

  it.each<[bigint, readonly string[], object]>([
    [9n, ['y', 'batch_mean', 'batch_variance', 'saved_mean', 'saved_variance'], {}],
    [17n, ['y', 'batch_mean', 'batch_variance'], { training_mode: 1n }],
  ])('leaves batch normalization in training alone, in operator set %i', async (version, outputs, attributes) => {
    const layer = node('Conv', ['x', 'w'], ['a']);
    const training = node('BatchNormalization', [...batchNormalization.inputs], outputs, { ...attributes });
    const weights = [floatTensor('w', [6, 4, 3, 3], numbers(216)), ...normalization(6)];
    const original = { ...build([layer, training], weights, picture, 4), opsetImports: [{ version }] };
    expect((await simplified(original, fuseAffine)).model).toBe(original);
    expect((await simplified(original, removeUnused)).model).toBe(original);
  });

  it.each<[string, Node]>([
    ['Mul by a value for each channel', node('Mul', ['a', 'c'], ['y'])],
    ['Add of a value for each channel', node('Add', ['c', 'a'], ['y'])],
    ['Sub of a value for each channel', node('Sub', ['a', 'c'], ['y'])],
    ['Sub from a value for each channel', node('Sub', ['c', 'a'], ['y'])],
    ['Div by a value for each channel', node('Div', ['a', 'c'], ['y'])],
  ])('puts %s into Conv', async (_name, affine) => {
    const weights = [floatTensor('w', [5, 4, 1, 1], numbers(20)), floatTensor('c', [5, 1, 1], positive(5))];
    const { model: result } = await simplified(
      build([node('Conv', ['x', 'w'], ['a']), affine], weights, picture, 4),
      fuseAffine,
    );
    expect(operators(result)).toEqual(['Conv']);
  });

  it.each([0n, 1n])('puts a scale and a bias into Gemm, with transB %i, alpha and beta', async (transB) => {
    const weights = [
      floatTensor('w', transB === 1n ? [3, 8] : [8, 3], numbers(24)),
      floatTensor('b', [1, 3], numbers(3)),
      floatTensor('c', [3], positive(3)),
    ];
    const gemm = node('Gemm', ['x', 'w', 'b'], ['a'], { transB, alpha: 0.5, beta: 2 });
    const { model: result } = await simplified(
      build([gemm, node('Mul', ['a', 'c'], ['y'])], weights, ['N', 8], 2),
      fuseAffine,
    );
    expect(operators(result)).toEqual(['Gemm']);
  });

  it('makes a Gemm of a product of matrices with a bias', async () => {
    const weights = [floatTensor('w', [8, 3], numbers(24)), floatTensor('b', [3], numbers(3))];
    const original = build([node('MatMul', ['x', 'w'], ['a']), node('Add', ['a', 'b'], ['y'])], weights, ['N', 8], 2);
    const { model: result } = await simplified(original, fuseAffine);
    expect(operators(result)).toEqual(['Gemm']);
    // The weight and the bias are as they were: they are not copied.
    expect(result.graph!.nodes[0]!.inputs).toEqual(['x', 'w', 'b']);
    expect(result.graph!.initializers).toEqual(weights);
  });

  it.each(['Mul', 'Div'])('puts a %s into a product of more than two axes, which stays a MatMul', async (operator) => {
    const original = build(
      [node('MatMul', ['x', 'w'], ['a']), node(operator, ['a', 'c'], ['y'])],
      [floatTensor('w', [8, 3], numbers(24)), floatTensor('c', [1, 3], positive(3))],
      ['N', 5, 8],
      3,
    );
    expect(operators((await simplified(original, fuseAffine)).model)).toEqual(['MatMul']);
  });

  it('leaves products of more than two axes, values along other axes, and shared layers', async () => {
    const batch = build(
      [node('MatMul', ['x', 'w'], ['a']), node('Add', ['a', 'b'], ['y'])],
      [floatTensor('w', [8, 3], numbers(24)), floatTensor('b', [3], numbers(3))],
      ['N', 5, 8],
      3,
    );
    const rows = build(
      [node('Conv', ['x', 'w'], ['a']), node('Mul', ['a', 'c'], ['y'])],
      [floatTensor('w', [5, 4, 1, 1], numbers(20)), floatTensor('c', [6, 1], positive(6))],
      picture,
      4,
    );
    const shared = build(
      [node('Conv', ['x', 'w'], ['a']), node('Mul', ['a', 'c'], ['m']), node('Add', ['a', 'm'], ['y'])],
      [floatTensor('w', [5, 4, 1, 1], numbers(20)), floatTensor('c', [], [3])],
      picture,
      4,
    );
    for (const original of [batch, rows, shared]) {
      expect((await simplified(original, fuseAffine)).model).toBe(original);
    }
  });

  it('leaves a scale under which the weights of float16 would lose their digits', async () => {
    const half = (name: string, dims: readonly number[], values: readonly number[]) =>
      createTensor({ name, dataType: DataType.float16, dims, bytes: float32ToFloat16(Float32Array.from(values)) });
    const scaledBy = (scale: number) =>
      model(
        graph({
          nodes: [node('Conv', ['x', 'w'], ['a']), node('Mul', ['a', 'c'], ['y'])],
          initializers: [half('w', [2, 4, 1, 1], numbers(8)), half('c', [], [scale])],
          inputs: [valueInfo('x', picture, DataType.float16)],
          outputs: [valueInfo('y', ['N', 2, 6, 6], DataType.float16)],
        }),
      );
    const { model: result } = await simplified(scaledBy(2 ** -4), fuseAffine, { precision: 'float16' });
    expect(operators(result)).toEqual(['Conv']);
    const original = scaledBy(2 ** -16);
    expect((await simplified(original, fuseAffine)).model).toBe(original);
  });

  it('says that a weight which two layers share is not scaled', async () => {
    const original = build(
      [
        node('Conv', ['x', 'w'], ['a']),
        node('Conv', ['x', 'w'], ['other']),
        node('Mul', ['a', 'c'], ['m']),
        node('Add', ['m', 'other'], ['y']),
      ],
      [floatTensor('w', [5, 4, 1, 1], numbers(20)), floatTensor('c', [], [3])],
      picture,
      4,
    );
    const { model: result, refusals } = await simplified(original, fuseAffine);
    expect(result).toBe(original);
    expect(refusals).toMatchObject([{ path: 'graph/Mul_2', code: 'shared-weight' }]);
  });
});
