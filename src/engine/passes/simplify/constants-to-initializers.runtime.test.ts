import { describe, expect, it } from 'vitest';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { constantsToInitializers } from './constants-to-initializers';
import { operators, simplified } from './testing/simplified.runtime';

describe('constants-to-initializers', () => {
  it('keeps names and values, in every form that a Constant has', async () => {
    const original = model(
      graph({
        nodes: [
          node('Constant', [], ['w'], { value: floatTensor('', [4], [1, 2, 3, 4]) }),
          node('Constant', [], ['half'], { value_float: 0.5 }),
          node('Constant', [], ['axis'], { value_ints: [0n] }),
          node('Mul', ['x', 'w'], ['a']),
          node('Mul', ['a', 'half'], ['b']),
          node('Unsqueeze', ['b', 'axis'], ['y']),
        ],
        inputs: [valueInfo('x', ['N', 4])],
        outputs: [valueInfo('y', [1, 'N', 4])],
      }),
    );
    const { model: result, changes } = await simplified(original, constantsToInitializers, { exact: true });
    expect(operators(result)).toEqual(['Mul', 'Mul', 'Unsqueeze']);
    expect(result.graph!.initializers.map(({ name, dims }) => [name, ...dims])).toEqual([
      ['w', 4n],
      ['half'],
      ['axis', 1n],
    ]);
    expect(changes).toHaveLength(3);
  });

  it('looks into the graphs inside nodes', async () => {
    const branch = graph({
      nodes: [node('Constant', [], ['w'], { value: floatTensor('', [1], [2]) }), node('Mul', ['x', 'w'], ['out'])],
      outputs: [valueInfo('out', ['N', 4])],
    });
    const other = graph({ nodes: [node('Neg', ['x'], ['minus'])], outputs: [valueInfo('minus', ['N', 4])] });
    const original = model(
      graph({
        nodes: [node('If', ['c'], ['y'], { then_branch: branch, else_branch: other })],
        inputs: [valueInfo('x', ['N', 4]), valueInfo('c', [], 9)],
        outputs: [valueInfo('y', ['N', 4])],
      }),
    );
    const { model: result } = await simplified(original, constantsToInitializers, { exact: true });
    expect(result.graph!.nodes[0]!.attributes[0]!.g!.initializers.map(({ name }) => name)).toEqual(['w']);
  });
});
