import { describe, expect, it } from 'vitest';
import { checkModel } from '../../../onnx/check';
import type { Model } from '../../../onnx/graph';
import { inferModel } from '../../../onnx/infer';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { residualBlocks, withoutBlock } from './residual-blocks';

const named = (opType: string, inputs: readonly string[], output: string) =>
  node(opType, inputs, [output], {}, { name: output });

/** An outer block around an inner one, and one after it that ends the model. */
const nested: Model = model(
  graph({
    nodes: [
      named('MatMul', ['x', 'w'], 'a'),
      named('MatMul', ['a', 'w'], 'b'),
      named('Add', ['b', 'a'], 'inner'),
      named('Tanh', ['inner'], 'c'),
      named('Add', ['x', 'c'], 'outer'),
      named('MatMul', ['outer', 'v'], 'd'),
      named('Add', ['outer', 'd'], 'y'),
    ],
    initializers: ['w', 'v'].map((name) => floatTensor(name, [4, 4], new Float32Array(16))),
    inputs: [valueInfo('x', ['N', 4])],
    outputs: [valueInfo('y', ['N', 4])],
  }),
);

const find = (of: Model) => residualBlocks(of, inferModel(of), () => Promise.resolve());

describe('residualBlocks', () => {
  it('finds blocks within blocks, with the nodes that go with each', async () => {
    const { blocks, problems } = await find(nested);
    expect(problems).toEqual([]);
    expect(blocks.map(({ skip, output, nodes }) => [skip, output, nodes.map(({ node: { name } }) => name)])).toEqual([
      ['a', 'inner', ['b', 'inner']],
      ['x', 'outer', ['a', 'b', 'inner', 'c', 'outer']],
      ['outer', 'y', ['d', 'y']],
    ]);
  });

  it('leaves a block out, with its weights, and keeps the names of outputs', async () => {
    const [inner, outer, last] = (await find(nested)).blocks;
    const namesWithout = (block: typeof inner): readonly (string | undefined)[] => {
      const left = withoutBlock(nested, block!);
      expect(checkModel(left)).toEqual([]);
      return left.graph!.nodes.map(({ opType, inputs }) => `${opType} ${inputs.join()}`);
    };
    expect(namesWithout(inner)).toEqual(['MatMul x,w', 'Tanh a', 'Add x,c', 'MatMul outer,v', 'Add outer,d']);
    expect(namesWithout(outer)).toEqual(['MatMul x,v', 'Add x,d']);
    expect(withoutBlock(nested, outer!).graph!.initializers.map(({ name }) => name)).toEqual(['v']);
    expect(namesWithout(last).at(-1)).toBe('Identity outer');
    const { blocks: both } = await find(withoutBlock(nested, inner!));
    expect(both.map(({ output }) => output)).toEqual(['outer', 'y']);
  });

  it('takes no sum whose parts differ in shape, and none without which an input is unread', async () => {
    const other = model(
      graph({
        nodes: [
          named('ReduceMean', ['x'], 'a'),
          named('Add', ['x', 'a'], 'spread'),
          named('Mul', ['spread', 'mask'], 'b'),
          named('Add', ['spread', 'b'], 'masked'),
          named('Add', ['masked', 'masked'], 'twice'),
          named('Add', ['twice', 'one'], 'y'),
        ],
        initializers: [floatTensor('one', [1], [1])],
        inputs: [valueInfo('x', [2, 3]), valueInfo('mask', [2, 3])],
        outputs: [valueInfo('y', [2, 3])],
      }),
    );
    const { blocks, problems } = await find(other);
    expect(blocks).toEqual([]);
    expect(problems.map(({ path, reason }) => [path, reason])).toEqual([
      ['graph/spread', 'The skip connection may have another shape than the sum.'],
      ['graph/masked', 'Without it, the input "mask" would be unused.'],
    ]);
  });

  it('says of a shortcut through a layer that it projects', async () => {
    const projected = model(
      graph({
        nodes: [
          named('MatMul', ['x', 'w'], 'a'),
          named('Tanh', ['a'], 'b'),
          named('MatMul', ['x', 'w'], 'short'),
          named('Add', ['b', 'short'], 'y'),
        ],
        initializers: [floatTensor('w', [4, 4], new Float32Array(16))],
        inputs: [valueInfo('x', ['N', 4])],
        outputs: [valueInfo('y', ['N', 4])],
      }),
    );
    const { blocks, problems } = await find(projected);
    expect(blocks).toEqual([]);
    expect(problems).toMatchObject([{ path: 'graph/y', op: 'Add' }]);
    expect(problems[0]!.reason).toContain('graph/short projects it');
  });

  it('leaves sums alone that save nothing, as in a GELU that is written out', async () => {
    const gelu = model(
      graph({
        nodes: [
          named('MatMul', ['x', 'w'], 'a'),
          named('Mul', ['a', 'a'], 'square'),
          named('Mul', ['square', 'a'], 'cube'),
          named('Add', ['a', 'cube'], 'inner'),
          named('MatMul', ['inner', 'w'], 'b'),
          named('Add', ['x', 'b'], 'y'),
        ],
        initializers: [floatTensor('w', [4, 4], new Float32Array(16))],
        inputs: [valueInfo('x', [2, 4])],
        outputs: [valueInfo('y', [2, 4])],
      }),
    );
    const { blocks, problems } = await find(gelu);
    expect(blocks.map(({ path }) => path)).toEqual(['graph/y']);
    expect(problems.map(({ path, reason }) => [path, reason])).toEqual([
      ['graph/inner', 'It has no layers, so removing it would save nothing.'],
    ]);
  });
});
