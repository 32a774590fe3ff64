/** Models with sequences: what is a tensor is read, and the rest gets a sentence. */
import { describe, expect, it } from 'vitest';
import { DataType } from '../../engine/onnx/data-type';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import type { Graph, ValueInfo } from '../../engine/onnx/graph';
import { graph, int64Tensor, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { createNodeHost } from './node-host';

const sequence = (name: string): ValueInfo => ({
  name,
  type: { kind: 'sequence', element: { kind: 'tensor', elementType: DataType.float32 } },
});
const split = node('SplitToSequence', ['x'], ['parts']);
const image = [valueInfo('x', [2, 3])];

function open(parts: Partial<Graph>) {
  const bytes = joinParts(encodeModel(model(graph(parts))));
  const files = { model: new Blob([bytes as Uint8Array<ArrayBuffer>]), name: 'sequence.onnx', externalData: [] };
  const spec = { files, ep: 'wasm', threads: 1, freeDimensions: {}, profile: false } as const;
  return createNodeHost().open(new AbortController().signal, spec);
}

describe('a session of a model with sequences', () => {
  it('gives the outputs that are tensors', async () => {
    const nodes = [split, node('Relu', ['x'], ['y'])];
    const session = await open({ nodes, inputs: image, outputs: [sequence('parts'), valueInfo('y', [2, 3])] });
    try {
      await session.feed({ x: { dtype: 'float32', dims: [2, 3], data: Float32Array.of(1, -2, 3, -4, 5, -6) } });
      const { outputs } = await session.run();
      expect(Object.keys(outputs)).toEqual(['y']);
      expect(outputs.y?.data).toEqual(Float32Array.of(1, 0, 3, 0, 5, 0));
      expect(await session.time(2)).toBeGreaterThan(0);
    } finally {
      session.close();
    }
  });

  it('is refused when no output is a tensor', async () => {
    const opening = open({ nodes: [split], inputs: image, outputs: [sequence('parts')] });
    await expect(opening).rejects.toMatchObject({
      code: 'runtime/output-type',
      message: expect.stringMatching(/^Output "parts" is a sequence/) as string,
    });
  });

  it('is refused when an input is none', async () => {
    const initializers = [int64Tensor('at', [], [0])];
    const nodes = [node('SequenceAt', ['parts', 'at'], ['y'])];
    const opening = open({ nodes, initializers, inputs: [sequence('parts')], outputs: [valueInfo('y', null)] });
    await expect(opening).rejects.toMatchObject({
      code: 'runtime/input-type',
      message: expect.stringMatching(/^Input "parts" is a sequence/) as string,
    });
  });
});
