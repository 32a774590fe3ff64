import { describe, expect, it } from 'vitest';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { removeUnused } from './remove-unused';
import { operators, simplified } from './testing/simplified.runtime';

describe('remove-unused', () => {
  it('takes away nodes and weights that no output depends on, and sets that no node is from', async () => {
    const original = model(
      graph({
        nodes: [node('Relu', ['x'], ['y']), node('Mul', ['x', 'w'], ['idle']), node('Neg', ['idle'], ['idler'])],
        initializers: [floatTensor('w', [1], [2])],
        inputs: [valueInfo('x', ['N', 4])],
        outputs: [valueInfo('y', ['N', 4])],
        valueInfos: [valueInfo('idle', ['N', 4])],
      }),
      { opsetImports: [{ version: 17n }, { domain: 'com.example', version: 1n }] },
    );
    const { model: result, changes } = await simplified(original, removeUnused, { exact: true });
    expect(operators(result)).toEqual(['Relu']);
    expect(result.graph!.initializers).toEqual([]);
    expect(result.graph!.valueInfos).toEqual([]);
    expect(result.opsetImports).toEqual([{ version: 17n }]);
    expect(changes).toHaveLength(4);
  });

  it('keeps values that only a graph inside a node reads, and unread inputs', async () => {
    const branch = (op: string) =>
      graph({ nodes: [node(op, ['a', 'w'], ['out'])], outputs: [valueInfo('out', ['N', 4])] });
    const original = model(
      graph({
        nodes: [
          node('Relu', ['x'], ['a']),
          node('If', ['c'], ['y'], { then_branch: branch('Mul'), else_branch: branch('Add') }),
        ],
        initializers: [floatTensor('w', [1], [2])],
        inputs: [valueInfo('x', ['N', 4]), valueInfo('c', [], 9), valueInfo('ignored', [1])],
        outputs: [valueInfo('y', ['N', 4])],
      }),
    );
    const { model: result, refusals } = await simplified(original, removeUnused);
    expect(result).toBe(original);
    expect(refusals).toMatchObject([{ path: 'graph/ignored', code: 'unread-input' }]);
  });

  it('removes unread inputs with their values if asked to', async () => {
    const original = model(
      graph({
        nodes: [node('Relu', ['x'], ['y'])],
        initializers: [floatTensor('replaceable', [1], [2])],
        inputs: [valueInfo('x', ['N', 4]), valueInfo('ignored', [1]), valueInfo('replaceable', [1])],
        outputs: [valueInfo('y', ['N', 4])],
      }),
    );
    expect((await simplified(original, removeUnused)).model).toBe(original);
    const { model: result, changes } = await simplified(original, removeUnused, { removesInputs: true });
    expect(result.graph!.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(result.graph!.initializers).toEqual([]);
    expect(changes).toHaveLength(2);
  });
});
