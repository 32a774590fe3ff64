import { describe, expect, it } from 'vitest';
import type { Node, Tensor } from '../../onnx/graph';
import { readIntegers } from '../../onnx/tensor';
import { graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { eliminateShapeReads } from './eliminate-shape-reads';
import { removeUnused } from './remove-unused';
import { operators, simplified } from './testing/simplified.runtime';

type Shape = readonly (number | string | null)[];

const build = (
  nodes: readonly Node[],
  initializers: readonly Tensor[],
  { x = ['N', 'M', 4] as Shape, z = ['N', 4] as Shape, y = [null, null, null] as Shape } = {},
) =>
  model(graph({ nodes, initializers, inputs: [valueInfo('x', x), valueInfo('z', z)], outputs: [valueInfo('y', y)] }));

const dimensions = { N: 3, M: 5 };
const run = async (original: ReturnType<typeof build>) => {
  const read = await simplified(original, eliminateShapeReads, { exact: true, dimensions });
  return (await simplified(read.model, removeUnused, { exact: true, dimensions })).model;
};

/** The size of an axis of a value, as a list of one. */
const sizeOf = (value: string, index: string, name: string) => [
  node('Shape', [value], [`${name}_shape`]),
  node('Gather', [`${name}_shape`, index], [name]),
];
const indices = [int64Tensor('first', [1], [0]), int64Tensor('second', [1], [1])];

describe('eliminate-shape-reads', () => {
  it('reads a size from its first known source, for any computation', async () => {
    const nodes = [
      ...sizeOf('x', 'first', 'n'),
      node('Relu', ['z'], ['r']),
      ...sizeOf('r', 'first', 'o'),
      ...sizeOf('x', 'second', 'm'),
      node('Concat', ['o', 'm', 'four'], ['t'], { axis: 0n }),
      node('Unsqueeze', ['r', 'second'], ['u']),
      node('Expand', ['u', 't'], ['e']),
      node('Concat', ['n', 'm', 'four'], ['s'], { axis: 0n }),
      node('Reshape', ['e', 's'], ['y']),
    ];
    const result = await run(build(nodes, [...indices, int64Tensor('four', [1], [4])]));
    // The three sizes of x equal the shape that is read first.
    expect(operators(result)).toEqual(['Shape', 'Relu', 'Unsqueeze', 'Expand', 'Reshape']);
    expect(result.graph!.nodes.at(-1)!.inputs).toEqual(['e', 'n_shape']);
  });

  it('tells an Expand the sizes that its input does not have', async () => {
    const nodes = [
      ...sizeOf('x', 'first', 'n'),
      node('Concat', ['six', 'n', 'one'], ['t'], { axis: 0n }),
      node('Expand', ['z', 't'], ['y']),
    ];
    const result = await run(build(nodes, [...indices, int64Tensor('six', [1], [6]), int64Tensor('one', [1], [1])]));
    expect(operators(result)).toEqual(['Expand']);
    const target = result.graph!.initializers.find(({ name }) => name === result.graph!.nodes[0]!.inputs[1])!;
    expect(readIntegers(target)).toEqual([6n, 1n, 4n]);
  });

  it('leaves an Expand along an open size, sizes of other values, and sizes that are outputs', async () => {
    const nodes = [
      ...sizeOf('x', 'second', 'm'),
      node('Concat', ['m', 'one', 'one'], ['t'], { axis: 0n }),
      node('Expand', ['z', 't'], ['y']),
    ];
    const original = build(nodes, [...indices, int64Tensor('one', [1], [1])]);
    expect((await simplified(original, eliminateShapeReads, { dimensions })).model).toBe(original);
    const outputs = model(
      graph({
        nodes: [node('Shape', ['x'], ['y']), node('Shape', ['z'], ['s'])],
        inputs: [valueInfo('x', ['N', 4]), valueInfo('z', ['N', 4])],
        outputs: [valueInfo('y', [2], 7), valueInfo('s', [2], 7)],
      }),
    );
    expect((await simplified(outputs, eliminateShapeReads)).model).toBe(outputs);
  });
});
