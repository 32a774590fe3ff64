import { describe, expect, it } from 'vitest';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { simplified } from './testing/simplified.runtime';
import { unlistInitializers } from './unlist-initializers';

const listing = (irVersion: bigint) =>
  model(
    graph({
      nodes: [node('Add', ['x', 'w'], ['y'])],
      initializers: [floatTensor('w', [3], [1, 2, 3])],
      inputs: [valueInfo('x', ['N', 3]), valueInfo('w', [3])],
      outputs: [valueInfo('y', ['N', 3])],
    }),
    { irVersion, opset: 8 },
  );

describe('unlist-initializers', () => {
  it('takes weights of an old file out of its inputs', async () => {
    const { model: result, changes } = await simplified(listing(3n), unlistInitializers, { exact: true });
    expect(result.graph!.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(result.irVersion).toBe(4n);
    expect(changes).toMatchObject([{ path: 'graph/w' }]);
  });

  it('leaves a weight that a caller may replace', async () => {
    const original = listing(8n);
    expect((await simplified(original, unlistInitializers)).model).toBe(original);
  });
});
