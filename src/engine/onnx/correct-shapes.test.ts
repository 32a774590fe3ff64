import { describe, expect, it } from 'vitest';
import { correctShapes } from './correct-shapes';
import type { Graph, ValueInfo } from './graph';
import { graph, int64Tensor, model, node, valueInfo } from './testing/build';

const reshaped = (output: ValueInfo, parts: Partial<Graph> = {}) =>
  model(
    graph({
      nodes: [node('Reshape', ['x', 'shape'], ['r']), node('Relu', ['r'], ['y'])],
      initializers: [int64Tensor('shape', [3], [0, -1, 2])],
      inputs: [valueInfo('x', ['N', 6])],
      outputs: [output],
      ...parts,
    }),
  );

describe('correctShapes', () => {
  it('corrects another number of axes, of outputs and values in between', () => {
    const original = reshaped(valueInfo('y', [1, 'K']), { valueInfos: [valueInfo('r', [4])] });
    const { model: corrected, corrected: list } = correctShapes(original);
    expect(corrected.graph!.outputs).toEqual([valueInfo('y', ['N', 3, 2])]);
    expect(corrected.graph!.valueInfos).toEqual([valueInfo('r', ['N', 3, 2])]);
    expect(list).toEqual([
      { path: 'graph/y', isOutput: true, before: '1, K', after: 'N, 3, 2' },
      { path: 'graph/r', isOutput: false, before: '4', after: 'N, 3, 2' },
    ]);
  });

  it('corrects a size that is another number, and no other of that shape', () => {
    const { model: corrected } = correctShapes(reshaped(valueInfo('y', ['K', 4, 'two'])));
    expect(corrected.graph!.outputs).toEqual([valueInfo('y', ['K', 3, 'two'])]);
  });

  it('corrects shapes inside branches and leaves shared branches of the original unchanged', () => {
    const branch = (shape: readonly number[]) =>
      graph({ nodes: [node('Neg', ['x'], ['z'])], outputs: [valueInfo('z', shape)] });
    const [wrong, right] = [branch([3]), branch([2, 6])];
    const original = model(
      graph({
        nodes: [node('If', ['go'], ['y'], { then_branch: wrong, else_branch: right })],
        inputs: [valueInfo('x', [2, 6]), valueInfo('go', [], 9)],
        outputs: [valueInfo('y', null)],
      }),
    );
    const { model: corrected, corrected: list } = correctShapes(original);
    expect(list.map(({ path }) => path)).toEqual(['graph/If_0.then_branch/z']);
    expect(corrected.graph!.nodes[0]!.attributes[0]!.g!.outputs).toEqual([valueInfo('z', [2, 6])]);
    expect(corrected.graph!.nodes[0]!.attributes[1]!.g).toBe(right);
  });

  it('leaves a model alone if nothing is certainly wrong', () => {
    const custom = [node('Strange', ['x'], ['r'], {}, { domain: 'own' }), node('Relu', ['r'], ['y'])];
    for (const original of [
      reshaped(valueInfo('y', [7, 3, 2])),
      reshaped(valueInfo('y', null)),
      // Two declarations of the file contradict each other here, so neither is certainly wrong.
      reshaped(valueInfo('y', [2]), { nodes: custom, valueInfos: [valueInfo('r', [1, 2])] }),
    ]) {
      expect(correctShapes(original)).toEqual({ model: original, corrected: [] });
      expect(correctShapes(original).model).toBe(original);
    }
  });
});
