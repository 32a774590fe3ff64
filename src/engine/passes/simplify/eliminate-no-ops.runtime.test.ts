import { describe, expect, it } from 'vitest';
import type { Graph, Node } from '../../onnx/graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { eliminateNoOps } from './eliminate-no-ops';
import { operators, simplified } from './testing/simplified.runtime';

const chain = (nodes: readonly Node[], parts: Partial<Graph> = {}) =>
  model(
    graph({
      nodes: [node('Relu', ['x'], ['a']), ...nodes, node('Neg', ['b'], ['y'])],
      inputs: [valueInfo('x', ['N', 4])],
      outputs: [valueInfo('y', ['N', 4])],
      ...parts,
    }),
  );

describe('eliminate-no-ops', () => {
  it.each<[string, Node, Partial<Graph>?]>([
    ['Identity', node('Identity', ['a'], ['b'])],
    ['Dropout without a mask', node('Dropout', ['a'], ['b'])],
    ['Dropout with a mask that nobody reads', node('Dropout', ['a'], ['b', 'mask'])],
    ['Cast to the same type', node('Cast', ['a'], ['b'], { to: 1n })],
    ['Transpose that moves nothing', node('Transpose', ['a'], ['b'], { perm: [0n, 1n] })],
    [
      'Transpose of axes of which each has one element',
      node('Transpose', ['a'], ['b'], { perm: [2n, 1n, 0n, 3n] }),
      { inputs: [valueInfo('x', [1, 'N', 1, 4])], outputs: [valueInfo('y', [1, 'N', 1, 4])] },
    ],
    [
      'Split into one part, whatever its size',
      node('Split', ['a', 's'], ['b'], { axis: 1n }),
      {
        // The size of M in the test.
        initializers: [int64Tensor('s', [1], [512])],
        inputs: [valueInfo('x', ['N', 'M'])],
        outputs: [valueInfo('y', ['N', 'M'])],
      },
    ],
    ['Concat of one', node('Concat', ['a'], ['b'], { axis: 1n })],
    ['Sum of one', node('Sum', ['a'], ['b'])],
    [
      'Reshape to the shape that is there, whatever N is',
      node('Reshape', ['a', 's'], ['b']),
      { initializers: [int64Tensor('s', [2], [-1, 4])] },
    ],
    ['Pad by nothing', node('Pad', ['a', 's'], ['b']), { initializers: [int64Tensor('s', [4], [0, 0, 0, 0])] }],
    [
      'Slice of everything',
      node('Slice', ['a', 's', 'e', 'd'], ['b']),
      {
        initializers: [int64Tensor('s', [1], [0]), int64Tensor('e', [1], [4]), int64Tensor('d', [1], [1])],
      },
    ],
    ['Add of 0', node('Add', ['n', 'a'], ['b']), { initializers: [floatTensor('n', [4], [0, 0, 0, 0])] }],
    ['Mul by 1', node('Mul', ['a', 'n'], ['b']), { initializers: [floatTensor('n', [], [1])] }],
    ['Div by 1', node('Div', ['a', 'n'], ['b']), { initializers: [floatTensor('n', [1, 1], [1])] }],
  ])('takes away %s', async (_name, noOp, parts) => {
    const { model: result, changes } = await simplified(chain([noOp], parts), eliminateNoOps, { exact: true });
    expect(operators(result)).toEqual(['Relu', 'Neg']);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ path: expect.stringMatching(/^graph\//), op: noOp.opType });
  });

  it.each<[string, Node, Partial<Graph>?]>([
    [
      'a Mul by 1 that makes the result larger',
      node('Mul', ['a', 'n'], ['b']),
      {
        initializers: [
          floatTensor(
            'n',
            [3, 1, 4],
            Array.from({ length: 12 }, () => 1),
          ),
        ],
        outputs: [valueInfo('y', [3, 'N', 4])],
      },
    ],
    ['a Sub from 0', node('Sub', ['n', 'a'], ['b']), { initializers: [floatTensor('n', [], [0])] }],
    [
      'a Slice of a part',
      node('Slice', ['a', 's', 'e', 'd'], ['b']),
      {
        initializers: [int64Tensor('s', [1], [0]), int64Tensor('e', [1], [2]), int64Tensor('d', [1], [1])],
        outputs: [valueInfo('y', ['N', 2])],
      },
    ],
    [
      'a Cast to another type and back',
      node('Cast', ['a'], ['b'], { to: 10n }),
      {
        outputs: [valueInfo('y', ['N', 4], 10)],
      },
    ],
  ])('leaves %s', async (_name, working, parts) => {
    const original = chain([working], parts);
    const { model: result } = await simplified(original, eliminateNoOps);
    expect(result).toBe(original);
  });

  it.each<[string, Node, Partial<Graph>?]>([
    ['a Squeeze without axes, of which a size is open', node('Squeeze', ['a'], ['y'])],
    ['a Tile of repeats that are fed', node('Tile', ['a', 'fed'], ['y']), { inputs: [valueInfo('fed', [2], 7)] }],
    ['a Reshape to a target that is fed', node('Reshape', ['a', 'fed'], ['y']), { inputs: [valueInfo('fed', [2], 7)] }],
    ['an Expand to a shape that is fed', node('Expand', ['a', 'fed'], ['y']), { inputs: [valueInfo('fed', [2], 7)] }],
  ])('leaves %s for any shape that the file declares of its result', async (_name, working, parts) => {
    const original = model(
      graph({
        nodes: [node('Relu', ['x'], ['a']), working],
        inputs: [valueInfo('x', ['N', 3]), ...(parts?.inputs ?? [])],
        outputs: [valueInfo('y', ['N', 3])],
      }),
    );
    expect((await simplified(original, eliminateNoOps)).model).toBe(original);
  });

  it('leaves a Cast of opset 5, which names its target in words', async () => {
    const original = model(
      graph({
        nodes: [node('Cast', ['x'], ['a'], { to: 'INT32' }), node('Cast', ['a'], ['y'], { to: 'FLOAT' })],
        inputs: [valueInfo('x', ['N', 4])],
        outputs: [valueInfo('y', ['N', 4])],
      }),
      { opset: 5 },
    );
    expect((await simplified(original, eliminateNoOps)).model).toBe(original);
  });

  it('keeps the name of an output, and a node between an input and an output', async () => {
    const original = model(
      graph({
        nodes: [node('Relu', ['x'], ['a']), node('Identity', ['a'], ['y']), node('Identity', ['x'], ['z'])],
        inputs: [valueInfo('x', ['N', 4])],
        outputs: [valueInfo('y', ['N', 4]), valueInfo('z', ['N', 4])],
      }),
    );
    const { model: result } = await simplified(original, eliminateNoOps, { exact: true });
    expect(result.graph!.nodes.map(({ opType, outputs }) => [opType, ...outputs])).toEqual([
      ['Relu', 'y'],
      ['Identity', 'z'],
    ]);
  });

  it('follows a name into the graphs inside nodes, and works there', async () => {
    const branch = (op: string) =>
      graph({
        nodes: [node('Identity', ['b'], ['inner']), node(op, ['inner'], ['out'])],
        outputs: [valueInfo('out', ['N', 4])],
      });
    const original = model(
      graph({
        nodes: [
          node('Relu', ['x'], ['a']),
          node('Identity', ['a'], ['b']),
          node('If', ['c'], ['y'], { then_branch: branch('Neg'), else_branch: branch('Abs') }),
        ],
        inputs: [valueInfo('x', ['N', 4]), valueInfo('c', [], 9)],
        outputs: [valueInfo('y', ['N', 4])],
      }),
    );
    const { model: result, changes } = await simplified(original, eliminateNoOps, { exact: true });
    expect(operators(result)).toEqual(['Relu', 'If']);
    const inner = result.graph!.nodes[1]!.attributes.map(({ g }) =>
      g!.nodes.map(({ opType, inputs }) => [opType, ...inputs]),
    );
    expect(inner).toEqual([[['Neg', 'a']], [['Abs', 'a']]]);
    expect(changes.map(({ path }) => path)).toContain('graph/If_2.then_branch/Identity_0');
  });
});
