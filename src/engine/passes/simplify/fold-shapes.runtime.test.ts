import { describe, expect, it } from 'vitest';
import { DataType } from '../../onnx/data-type';
import { storedDataBytes } from '../../onnx/map-tensors';
import { createTensor } from '../../onnx/tensor';
import type { Node, Tensor } from '../../onnx/graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { foldShapes } from './fold-shapes';
import { removeUnused } from './remove-unused';
import { operators, simplified } from './testing/simplified.runtime';

const flattening = (input: readonly (number | string)[], rest: readonly number[]) =>
  model(
    graph({
      nodes: [
        node('Shape', ['x'], ['shape']),
        node('Gather', ['shape', 'first'], ['batch']),
        node('Concat', ['batch', 'rest'], ['target'], { axis: 0n }),
        node('Reshape', ['x', 'target'], ['y']),
      ],
      initializers: [int64Tensor('first', [1], [0]), int64Tensor('rest', [rest.length], rest)],
      inputs: [valueInfo('x', input)],
      outputs: [valueInfo('y', [null, null])],
    }),
  );

describe('fold-shapes', () => {
  it('adds no more to a small model than it allows, however many long lists that names', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `y${at}`);
    const lists = names.map((name, at) => [
      node('Range', ['from', 'to', 'step'], [`list${at}`]),
      node('Gather', [`list${at}`, 'x'], [name]),
    ]);
    const scalar = (name: string, value: number) => int64Tensor(name, [], [value]);
    const candidate = model(
      graph({
        nodes: lists.flat(),
        initializers: [scalar('from', 3), scalar('to', 1027), scalar('step', 1)],
        inputs: [valueInfo('x', [], DataType.int64)],
        outputs: names.map((name) => valueInfo(name, [], DataType.int64)),
      }),
    );
    const { model: result } = await simplified(candidate, foldShapes, { exact: true });
    expect(storedDataBytes(result)).toBeGreaterThan(8192);
    expect(storedDataBytes(result)).toBeLessThan(20_000);
  });

  it.each<[string, readonly (number | string)[], readonly bigint[]]>([
    ['numbers, when all sizes are', [2, 3, 4], [2n, 12n]],
    ['the size of the input where one is open', ['N', 3, 4], [0n, 12n]],
  ])('tells a Reshape %s', async (_name, input, target) => {
    const folded = await simplified(flattening(input, [12]), foldShapes, { exact: true, dimensions: { N: 5 } });
    const { model: result } = await simplified(folded.model, removeUnused, { exact: true, dimensions: { N: 5 } });
    expect(operators(result)).toEqual(['Reshape']);
    const shape = result.graph!.initializers.find(({ name }) => name === result.graph!.nodes[0]!.inputs[1])!;
    expect([...new BigInt64Array(Uint8Array.from(shape.rawData!.read()).buffer)]).toEqual(target);
  });

  it.each<[string, Node[], Tensor[]]>([
    [
      'half of a size, cut to a whole number',
      [
        node('Shape', ['x'], ['shape']),
        node('Cast', ['shape'], ['float'], { to: 1n }),
        node('Mul', ['float', 'half'], ['halved']),
        node('Cast', ['halved'], ['whole'], { to: 7n }),
        node('Mul', ['whole', 'two'], ['even']),
        node('Slice', ['x', 'zero', 'even'], ['y']),
      ],
      [floatTensor('half', [], [0.5]), int64Tensor('two', [1], [2]), int64Tensor('zero', [1], [0])],
    ],
    [
      'the last five of an axis that may be shorter',
      [
        node('Slice', ['x', 'start', 'end'], ['last']),
        node('Shape', ['last'], ['shape']),
        node('Cast', ['shape'], ['length'], { to: 1n }),
        node('Add', ['x', 'length'], ['y']),
      ],
      [int64Tensor('start', [1], [-5]), int64Tensor('end', [1], [100])],
    ],
    [
      'a size that 8 bits do not hold',
      [
        node('Shape', ['x'], ['shape']),
        node('Cast', ['shape'], ['byte'], { to: 2n }),
        node('Cast', ['byte'], ['float'], { to: 1n }),
        node('Add', ['x', 'float'], ['y']),
      ],
      [],
    ],
  ])('keeps %s', async (_name, nodes, initializers) => {
    const original = model(
      graph({ nodes, initializers, inputs: [valueInfo('x', ['N'])], outputs: [valueInfo('y', [null])] }),
    );
    for (const size of [3, 7, 300]) await simplified(original, foldShapes, { exact: true, dimensions: { N: size } });
    expect((await simplified(original, foldShapes)).model).toBe(original);
  });

  it('calculates with no integers that a number does not hold exactly', async () => {
    const large = (name: string, value: bigint) =>
      createTensor({ name, dataType: DataType.int64, dims: [1], bytes: BigInt64Array.of(value) });
    const original = model(
      graph({
        nodes: [
          node('Equal', ['a', 'b'], ['same']),
          node('Cast', ['same'], ['number'], { to: 1n }),
          node('Add', ['x', 'number'], ['y']),
        ],
        initializers: [large('a', 2n ** 53n), large('b', 2n ** 53n + 1n)],
        inputs: [valueInfo('x', ['N'])],
        outputs: [valueInfo('y', ['N'])],
      }),
    );
    expect((await simplified(original, foldShapes, { exact: true })).model).toBe(original);
  });

  it('leaves a target with two sizes that are open and in other places', async () => {
    const original = model(
      graph({
        nodes: [
          node('Transpose', ['x'], ['t'], { perm: [1n, 0n, 2n] }),
          node('Shape', ['x'], ['shape']),
          node('Reshape', ['t', 'shape'], ['y']),
        ],
        inputs: [valueInfo('x', ['N', 'M', 'K'])],
        outputs: [valueInfo('y', [null, null, null])],
      }),
    );
    expect((await simplified(original, foldShapes)).model).toBe(original);
  });

  it('leaves outputs', async () => {
    const original = model(
      graph({
        nodes: [node('Shape', ['x'], ['y'])],
        inputs: [valueInfo('x', [2, 3])],
        outputs: [valueInfo('y', [2], 7)],
      }),
    );
    expect((await simplified(original, foldShapes)).model).toBe(original);
  });
});
