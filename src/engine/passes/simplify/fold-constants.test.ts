import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../../runtime/node/node-host';
import { createSessionInference } from '../../../runtime/session-inference';
import type { Node, Tensor } from '../../onnx/graph';
import { readFloat32 } from '../../onnx/tensor';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { foldConstants } from './fold-constants';
import { operators, simplified } from './testing/simplified';

const inference = createSessionInference(createNodeHost);

const adding = (nodes: readonly Node[], initializers: readonly Tensor[]) =>
  model(
    graph({
      nodes: [...nodes, node('Add', ['x', 'k'], ['y'])],
      initializers,
      inputs: [valueInfo('x', ['N', 4])],
      outputs: [valueInfo('y', ['N', 4])],
    }),
  );

describe('fold-constants', () => {
  it('runs what depends on constants alone, all of it at once, and keeps the last results', async () => {
    const original = adding(
      [node('Mul', ['a', 'b'], ['m']), node('Exp', ['m'], ['e']), node('Reshape', ['e', 's'], ['k'])],
      [floatTensor('a', [2, 2], [1, 2, 3, 4]), floatTensor('b', [], [0.5]), int64Tensor('s', [1], [4])],
    );
    const { model: result, changes } = await simplified(original, foldConstants, { exact: true, inference });
    expect(operators(result)).toEqual(['Add']);
    const folded = result.graph!.initializers.find(({ name }) => name === 'k')!;
    expect(folded.dims).toEqual([4n]);
    expect(readFloat32(folded)[1]).toBeCloseTo(Math.E, 5);
    expect(changes.map(({ op }) => op)).toEqual(['Mul', 'Exp', 'Reshape']);
  });

  it('leaves what would make the model larger, with the reason', async () => {
    const original = adding(
      [node('Expand', ['one', 'many'], ['wide']), node('ReduceSum', ['wide', 'axes'], ['k'], { keepdims: 0n })],
      [floatTensor('one', [], [1]), int64Tensor('many', [2], [2000, 4]), int64Tensor('axes', [1], [0])],
    );
    const { model: result, refusals } = await simplified(original, foldConstants, { inference });
    expect(result).toBe(original);
    expect(refusals).toMatchObject([{ path: 'graph/Expand_0', code: 'larger-when-folded' }]);
  });

  it('leaves random numbers and quantized weights', async () => {
    const random = adding([node('RandomNormalLike', ['a'], ['k'])], [floatTensor('a', [4], [1, 2, 3, 4])]);
    expect((await simplified(random, foldConstants, { inference })).model).toBe(random);
    const quantized = adding(
      [node('DequantizeLinear', ['q', 'scale'], ['k'])],
      [{ name: 'q', dims: [4n], dataType: 3, int32Data: Int32Array.of(1, 2, 3, 4) }, floatTensor('scale', [], [0.1])],
    );
    expect((await simplified(quantized, foldConstants, { inference })).model).toBe(quantized);
  });

  it('does nothing on a host that cannot run models', async () => {
    const original = adding([node('Neg', ['a'], ['k'])], [floatTensor('a', [4], [1, 2, 3, 4])]);
    expect((await simplified(original, foldConstants)).model).toBe(original);
  });

  it('leaves a node that computes an output', async () => {
    const original = model(
      graph({
        nodes: [node('Neg', ['a'], ['y'])],
        initializers: [floatTensor('a', [4], [1, 2, 3, 4])],
        outputs: [valueInfo('y', [4])],
      }),
    );
    expect((await simplified(original, foldConstants, { inference })).model).toBe(original);
  });
});
