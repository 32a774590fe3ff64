import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../onnx/byte-source';
import { DataType } from '../onnx/data-type';
import type { Model } from '../onnx/graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../onnx/testing/build';
import { encodeVariant } from './encode-variant';
import { assertOpens } from './check-written';

/** Data that must not be read. */
const unread = (sizeBytes: number): ByteSource => ({
  sizeBytes,
  read: () => {
    throw new Error('A weight was read.');
  },
  slice: (start, end) => unread(end - start),
});

const withWeights: Model = model(
  graph({
    nodes: [
      node('Add', ['x', 'large'], ['a']),
      node('Add', ['a', 'small'], ['b']),
      node('Reshape', ['b', 'to'], ['y']),
    ],
    initializers: [
      { name: 'large', dims: [1n << 20n], dataType: DataType.float32, rawData: unread(1 << 22) },
      {
        name: 'exact',
        dims: [256n],
        dataType: DataType.float32,
        rawData: floatTensor('', [256], Array(256).fill(1)).rawData,
      },
      floatTensor('small', [1], [1]),
      { name: 'to', dims: [1000n], dataType: DataType.int64, int64Data: new BigInt64Array(1000).fill(1n) },
    ],
    inputs: [valueInfo('x', [1 << 20])],
    outputs: [valueInfo('y', null)],
  }),
);

describe('a written model', () => {
  it.each(['single-file', 'external'] as const)('is decoded without reading its weights (%s)', (storage) => {
    expect(() => encodeVariant(withWeights, 'm.onnx', { storage })).not.toThrow();
  });

  it('does not count if it is no valid model', () => {
    const broken = { ...withWeights, graph: { ...withWeights.graph!, initializers: [int64Tensor('to', [1], [1])] } };
    expect(() => encodeVariant(broken, 'm.onnx', { storage: 'auto' })).toThrow(/cannot be opened .*defect in Pareto/);
  });

  it('does not count if it is cut short, or reads as something else', () => {
    const [file] = encodeVariant(withWeights, 'm.onnx', { storage: 'single-file' });
    const [first, ...rest] = file!.parts;
    const parts = [(first as Uint8Array).subarray(1), ...rest];
    expect(() => assertOpens([{ ...file!, parts, sizeBytes: file!.sizeBytes - 1 }])).toThrow('cannot be opened');
    const longer = [...file!.parts, Uint8Array.of(0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00)];
    expect(() => assertOpens([{ ...file!, parts: longer, sizeBytes: file!.sizeBytes + 7 }])).toThrow(
      'cannot be opened',
    );
  });
});
