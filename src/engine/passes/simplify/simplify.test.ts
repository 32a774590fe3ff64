import { describe, expect, it } from 'vitest';
import { DataType } from '../../onnx/data-type';
import { graph, model, node, valueInfo } from '../../onnx/testing/build';
import { createSeededRandom } from '../seeded-random';
import { simplify } from './simplify';

describe('simplify', () => {
  it('states a file version that may hold the initializers that it adds', async () => {
    const original = model(
      graph({
        nodes: [node('Shape', ['x'], ['s']), node('Reshape', ['z', 's'], ['y'])],
        inputs: [valueInfo('x', [2, 4]), valueInfo('z', [8])],
        outputs: [valueInfo('y', [2, 4], DataType.float32)],
      }),
      { irVersion: 3n },
    );
    const { model: result } = await simplify.run(
      original,
      { skip: [], maxFoldedBytes: 4096 },
      {
        signal: new AbortController().signal,
        progress() {},
        checkpoint: () => Promise.resolve(),
        random: createSeededRandom(1),
      },
    );
    expect(result.graph!.initializers).toHaveLength(1);
    expect(result.irVersion).toBe(4n);
  });
});
