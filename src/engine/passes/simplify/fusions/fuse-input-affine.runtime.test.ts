import { describe, expect, it } from 'vitest';
import type { Node, Tensor } from '../../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { fuseInputAffine } from './fuse-input-affine';
import { operators, simplified } from '../testing/simplified.runtime';

const numbers = (count: number, seed = 1) => Array.from({ length: count }, (_, index) => Math.sin(index * 1.7 + seed));

const build = (nodes: readonly Node[], initializers: readonly Tensor[], input: readonly (number | string)[]) =>
  model(
    graph({
      nodes,
      initializers,
      inputs: [valueInfo('x', input)],
      outputs: [
        valueInfo(
          'y',
          input.map(() => null),
        ),
      ],
    }),
  );

const picture = ['N', 4, 6, 6] as const;
const conv = (attributes: Parameters<typeof node>[3] = { pads: [1n, 1n, 1n, 1n] }) =>
  node('Conv', ['a', 'w', 'b'], ['y'], attributes);
const weights = [floatTensor('w', [6, 4, 3, 3], numbers(216)), floatTensor('b', [6], numbers(6, 2))];
const statistics = ['gain', 'offset', 'mean'].map((name, seed) => floatTensor(name, [4], numbers(4, seed)));
const normalization = node('BatchNormalization', ['x', 'gain', 'offset', 'mean', 'variance'], ['a']);
const normalizing = [...statistics, floatTensor('variance', [4], [1, 2, 3, 4])];

describe('fuse-input-affine', () => {
  it.each<[string, readonly Node[], readonly Tensor[], readonly (number | string)[]]>([
    [
      'a number into Conv',
      [node('Mul', ['s', 'x'], ['a']), conv()],
      [...weights, floatTensor('s', [], [0.3])],
      picture,
    ],
    [
      'channels into Conv in groups',
      [node('Div', ['x', 's'], ['a']), node('Conv', ['a', 'w'], ['y'], { group: 2n, pads: [1n, 1n, 1n, 1n] })],
      [floatTensor('w', [6, 2, 3, 3], numbers(108)), floatTensor('s', [4, 1, 1], [1, 2, -3, 4])],
      picture,
    ],
    [
      'channels into ConvTranspose',
      [node('Mul', ['x', 's'], ['a']), node('ConvTranspose', ['a', 'w'], ['y'], { strides: [2n, 2n] })],
      [floatTensor('w', [4, 3, 2, 2], numbers(48)), floatTensor('s', [1, 4, 1, 1], [1, 2, -3, 4])],
      picture,
    ],
    [
      'columns into MatMul',
      [node('Mul', ['x', 's'], ['a']), node('MatMul', ['a', 'w'], ['y'])],
      [floatTensor('w', [4, 5], numbers(20)), floatTensor('s', [4], [1, 2, -3, 4])],
      ['N', 3, 4],
    ],
    [
      'columns into a transposed Gemm',
      [node('Mul', ['x', 's'], ['a']), node('Gemm', ['a', 'w'], ['y'], { transB: 1n, alpha: 0.5 })],
      [floatTensor('w', [5, 4], numbers(20)), floatTensor('s', [4], [1, 2, -3, 4])],
      ['N', 4],
    ],
    [
      'batch normalization into a Conv without padding',
      [normalization, conv({})],
      [...weights, ...normalizing],
      picture,
    ],
    [
      'a shift into a Conv without padding',
      [node('Sub', ['s', 'x'], ['a']), conv({ auto_pad: 'VALID' })],
      [...weights, floatTensor('s', [4, 1, 1], [1, 2, -3, 4])],
      picture,
    ],
  ])('puts %s', async (_name, nodes, initializers, input) => {
    const { model: result } = await simplified(build(nodes, initializers, input), fuseInputAffine);
    expect(operators(result)).toEqual([nodes.at(-1)!.opType]);
  });

  it.each<[string, readonly Node[], readonly Tensor[], readonly (number | string)[]]>([
    ['a shift before zeros that are padded', [normalization, conv()], [...weights, ...normalizing], picture],
    [
      'a scale that repeats one channel',
      [node('Mul', ['x', 's'], ['a']), conv()],
      [...weights, floatTensor('s', [1, 4, 1, 1], [1, 2, 3, 4])],
      ['N', 1, 6, 6],
    ],
    [
      'a scale of places',
      [node('Mul', ['x', 's'], ['a']), conv()],
      [...weights, floatTensor('s', [6], numbers(6))],
      picture,
    ],
    [
      'a scale that makes the weights infinite',
      [node('Mul', ['x', 's'], ['a']), conv()],
      [
        floatTensor(
          'w',
          [6, 4, 3, 3],
          numbers(216).map((value) => value * 1e30),
        ),
        weights[1]!,
        floatTensor('s', [], [1e30]),
      ],
      picture,
    ],
    [
      'an input that something else reads',
      [
        node('Mul', ['x', 's'], ['a']),
        node('Conv', ['a', 'w'], ['c']),
        node('ReduceMax', ['a'], ['m']),
        node('Add', ['c', 'm'], ['y']),
      ],
      [weights[0]!, floatTensor('s', [], [2])],
      picture,
    ],
  ])('leaves %s', async (_name, nodes, initializers, input) => {
    const original = build(nodes, initializers, input);
    expect((await simplified(original, fuseInputAffine)).model).toBe(original);
  });

  it('refuses a weight that is shared, with the reason', async () => {
    const nodes = [
      node('Mul', ['x', 's'], ['a']),
      node('MatMul', ['a', 'w'], ['c']),
      node('MatMul', ['c', 'w'], ['y']),
    ];
    const original = build(nodes, [floatTensor('w', [4, 4], numbers(16)), floatTensor('s', [], [2])], ['N', 4]);
    const { model: result, refusals } = await simplified(original, fuseInputAffine);
    expect(result).toBe(original);
    expect(refusals).toMatchObject([{ path: 'graph/MatMul_1', code: 'shared-weight' }]);
  });

  it('leaves a scale that loses digits of the weights, with the reason, and takes the largest exact one', async () => {
    const scaledBy = (scale: number) =>
      build(
        [node('Mul', ['x', 's'], ['a']), node('MatMul', ['a', 'w'], ['y'])],
        [floatTensor('w', [4, 1], [1, 1, 1, 1]), floatTensor('s', [4], [scale, scale, scale, scale])],
        ['N', 4],
      );
    const original = scaledBy(2 ** -127);
    const { model: result, refusals } = await simplified(original, fuseInputAffine);
    expect(result).toBe(original);
    expect(refusals).toMatchObject([{ path: 'graph/MatMul_1', code: 'inexact-weight' }]);
    expect(operators((await simplified(scaledBy(2 ** -126), fuseInputAffine)).model)).toEqual(['MatMul']);
  });

  it('leaves columns of different units to the scale that makes them alike, with the reason', async () => {
    const dividedBy = (largest: number) =>
      build(
        [node('Div', ['x', 's'], ['a']), node('Gemm', ['a', 'w'], ['y'])],
        [floatTensor('w', [4, 2], numbers(8)), floatTensor('s', [4], [1, 2, 4, largest])],
        ['N', 4],
      );
    const original = dividedBy(17);
    const { model: result, refusals } = await simplified(original, fuseInputAffine);
    expect(result).toBe(original);
    expect(refusals).toMatchObject([{ path: 'graph/Gemm_1', code: 'uneven-scales' }]);
    expect(operators((await simplified(dividedBy(16), fuseInputAffine)).model)).toEqual(['Gemm']);
  });

  it('scales weights that were too small for all their digits before', async () => {
    const original = build(
      [node('Mul', ['x', 's'], ['a']), node('MatMul', ['a', 'w'], ['y'])],
      [floatTensor('w', [4, 1], [1, 2 ** -130, 0, 1]), floatTensor('s', [], [0.5])],
      ['N', 4],
    );
    expect(operators((await simplified(original, fuseInputAffine)).model)).toEqual(['MatMul']);
  });

  it('puts a shift into the bias alone: the weight stays, though others read it', async () => {
    const nodes = [
      node('Add', ['x', 's'], ['a']),
      node('Conv', ['a', 'w'], ['c']),
      node('Conv', ['x', 'w'], ['d']),
      node('Sub', ['c', 'd'], ['y']),
    ];
    const initializers = [weights[0]!, floatTensor('s', [4, 1, 1], [1, 2, -3, 4])];
    const { model: result } = await simplified(build(nodes, initializers, picture), fuseInputAffine);
    expect(operators(result)).toEqual(['Conv', 'Conv', 'Sub']);
    expect(result.graph!.nodes.slice(0, 2).map(({ inputs }) => inputs[1])).toEqual(['w', 'w']);
  });
});
