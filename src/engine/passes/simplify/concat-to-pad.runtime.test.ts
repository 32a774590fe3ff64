import { describe, expect, it } from 'vitest';
import type { Node, Tensor } from '../../onnx/graph';
import { DataType } from '../../onnx/data-type';
import { createTensor } from '../../onnx/tensor';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { concatToPad } from './concat-to-pad';
import { simplified } from './testing/simplified.runtime';

const build = (nodes: readonly Node[], initializers: readonly Tensor[], opset = 13) =>
  model(
    graph({
      nodes,
      initializers,
      inputs: [valueInfo('x', ['N', 3, 32, 32])],
      outputs: [valueInfo('y', [null, null, 32, 32])],
    }),
    { opset },
  );

const filled = (name: string, channels: number, value: number) =>
  floatTensor(
    name,
    [1, channels, 32, 32],
    Array.from({ length: channels * 1024 }, () => value),
  );

describe('concat-to-pad', () => {
  it.each([
    ['after', ['x', 'zeros'], 13],
    ['before', ['zeros', 'x'], 13],
    ['after, in an old model', ['x', 'zeros'], 10],
  ])('pads %s instead of a large tensor of one number', async (_name, inputs, opset) => {
    const original = build([node('Concat', inputs, ['y'], { axis: -3n })], [filled('zeros', 2, -1.5)], opset);
    const { model: result, changes } = await simplified(original, concatToPad, { exact: true });
    expect(result.graph!.nodes.map(({ opType }) => opType)).toEqual(['Pad']);
    expect(changes).toMatchObject([{ path: 'graph/Concat_0', op: 'Concat' }]);
  });

  it('needs no ConstantOfShape', async () => {
    const make = node('ConstantOfShape', ['shape'], ['zeros'], { value: floatTensor('', [1], [2.5]) });
    const nodes = [make, node('Concat', ['x', 'zeros'], ['y'], { axis: 1n })];
    const original = build(nodes, [int64Tensor('shape', [4], [1, 2, 32, 32])]);
    const { model: result } = await simplified(original, concatToPad, { exact: true });
    expect(result.graph!.nodes.map(({ opType }) => opType)).toEqual(['ConstantOfShape', 'Pad']);
    expect(result.graph!.nodes[1]!.inputs).not.toContain('zeros');
  });

  it('leaves a small tensor, one of several numbers, one of integers, and a third input', async () => {
    const concat = node('Concat', ['x', 'zeros'], ['y'], { axis: 1n });
    const small = build([concat], [filled('zeros', 1, 0)]);
    expect((await simplified(small, concatToPad)).model).toBe(small);
    const mixed = floatTensor(
      'zeros',
      [1, 2, 32, 32],
      Array.from({ length: 2048 }, (_, at) => at % 7),
    );
    const several = build([concat], [mixed]);
    expect((await simplified(several, concatToPad)).model).toBe(several);
    const third = build([node('Concat', ['x', 'zeros', 'x'], ['y'], { axis: 1n })], [filled('zeros', 2, 0)]);
    expect((await simplified(third, concatToPad)).model).toBe(third);
    const bytes = new BigInt64Array(2048);
    const integers = build(
      [
        node('Cast', ['x'], ['i'], { to: 7n }),
        node('Concat', ['i', 'zeros'], ['j'], { axis: 1n }),
        node('Cast', ['j'], ['y'], { to: 1n }),
      ],
      [createTensor({ name: 'zeros', dataType: DataType.int64, dims: [1, 2, 32, 32], bytes })],
    );
    expect((await simplified(integers, concatToPad)).model).toBe(integers);
  });
});
