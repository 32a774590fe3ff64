import { describe, expect, it } from 'vitest';
import { inspectInputs } from '../../analysis/inspect';
import { DataType } from '../../onnx/data-type';
import type { Model } from '../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { passContext } from '../testing/pass-context';
import { simplify } from './simplify';

async function run(original: Model): Promise<Model> {
  const { model: result } = await simplify.run(
    original,
    { skip: [], maxFoldedBytes: 4096, removeInputs: false },
    passContext(),
  );
  return result;
}

describe('simplify', () => {
  it('leaves a graph without outputs, of which nothing would be left', async () => {
    const original = model(graph({ nodes: [node('Relu', ['x'], ['y'])], inputs: [valueInfo('x', [2])] }));
    const options = { skip: [], maxFoldedBytes: 4096, removeInputs: false };
    const outcome = await simplify.run(original, options, passContext());
    expect(outcome.model).toBe(original);
    expect(outcome.refusals).toMatchObject([{ code: 'no-outputs' }]);
  });

  it('states a file version that may hold the initializers that it adds', async () => {
    const original = model(
      graph({
        nodes: [node('Shape', ['x'], ['s']), node('Reshape', ['z', 's'], ['y'])],
        inputs: [valueInfo('x', [2, 4]), valueInfo('z', [8])],
        outputs: [valueInfo('y', [2, 4], DataType.float32)],
      }),
      { irVersion: 3n },
    );
    const result = await run(original);
    expect(result.graph!.initializers).toHaveLength(1);
    expect(result.irVersion).toBe(4n);
  });

  it('takes over the scale of an input, and leaves it known: the input is described as before', async () => {
    const original = model(
      graph({
        nodes: [node('Mul', ['x', 's'], ['a']), node('Conv', ['a', 'w'], ['y'])],
        initializers: [floatTensor('s', [], [1 / 255]), floatTensor('w', [2, 3, 1, 1], [1, 2, 3, 4, 5, 6])],
        inputs: [valueInfo('x', [1, 3, 8, 8])],
        outputs: [valueInfo('y', [1, 2, 8, 8])],
      }),
    );
    const result = await run(original);
    expect(result.graph!.nodes.map(({ opType }) => opType)).toEqual(['Conv']);
    expect(inspectInputs(original)[0]!.scaledBy).toBeCloseTo(1 / 255, 6);
    expect(inspectInputs(result)).toEqual(inspectInputs(original));
    // A second run has nothing to simplify.
    expect(await run(result)).toBe(result);
  });
});
