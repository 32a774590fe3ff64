import { describe, expect, it } from 'vitest';
import { DataType, type DataTypeCode } from '../onnx/data-type';
import type { Model, Tensor } from '../onnx/graph';
import { createTensor } from '../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { checkTensorrtRules, describeFindings } from './tensorrt-rules';

const zero = (name: string, dataType: DataTypeCode, count = 1, value = 0): Tensor =>
  createTensor({
    ...{ name, dataType, dims: count === 1 ? [] : [count] },
    bytes: dataType === DataType.int32 ? new Int32Array(count) : new Uint8Array(count).fill(value),
  });
const int8 = (name: string, dims: readonly number[]): Tensor =>
  createTensor({ name, dataType: DataType.int8, dims, bytes: new Int8Array(dims.reduce((a, b) => a * b)).fill(1) });

interface Parts {
  readonly type?: DataTypeCode;
  readonly zeroPoint?: number;
  readonly weightScales?: readonly number[];
  readonly axis?: bigint;
  readonly weightIsFloat?: boolean;
  readonly quantizesOutput?: boolean;
  readonly scaleOfData?: readonly number[];
}

/** MatMul of [2, 3] weights and a Relu, with one thing wrong. */
function layer({
  type = DataType.int8,
  zeroPoint = 0,
  weightScales = [0.1, 0.2, 0.3],
  axis = 1n,
  weightIsFloat = false,
  quantizesOutput = false,
  scaleOfData = [0.5],
}: Parts = {}): Model {
  const isSingle = (scales: readonly number[]): boolean => scales.length === 1;
  const output = quantizesOutput ? 'm_back' : 'm';
  return model(
    graph({
      nodes: [
        node('QuantizeLinear', ['x', 'xs', 'xz'], ['q'], { axis: 1n }, { name: 'quantize' }),
        node('DequantizeLinear', ['q', 'xs', 'xz'], ['d'], { axis: 1n }, { name: 'dequantize' }),
        node('DequantizeLinear', ['w', 'ws', 'wz'], ['wd'], { axis }, { name: 'weight' }),
        node('MatMul', ['d', weightIsFloat ? 'wf' : 'wd'], ['m'], {}, { name: 'product' }),
        ...(quantizesOutput
          ? [
              node('QuantizeLinear', ['m', 'xs', 'xz'], ['m_q'], {}, { name: 'after' }),
              node('DequantizeLinear', ['m_q', 'xs', 'xz'], ['m_back'], {}, { name: 'back' }),
            ]
          : []),
        node('Relu', [output], ['y']),
      ],
      initializers: [
        floatTensor('xs', isSingle(scaleOfData) ? [] : [scaleOfData.length], scaleOfData),
        zero('xz', type, scaleOfData.length, zeroPoint),
        int8('w', [2, 3]),
        floatTensor('wf', [2, 3], [1, 2, 3, 4, 5, 6]),
        floatTensor('ws', isSingle(weightScales) ? [] : [weightScales.length], weightScales),
        zero('wz', DataType.int8, weightScales.length),
      ],
      inputs: [valueInfo('x', [1, 2])],
      outputs: [valueInfo('y', [1, 3])],
    }),
  );
}

const told = (given: Model): readonly string[] =>
  checkTensorrtRules(given).map(({ rule, path, isFatal }) => `${rule} ${path}${isFatal ? '' : ' slow'}`);

describe('checkTensorrtRules', () => {
  it('finds nothing in int8 around zero, and nothing to ask of a float model', () => {
    expect(told(layer())).toEqual([]);
    expect(told(model(graph({ nodes: [node('Relu', ['x'], ['y'])], inputs: [valueInfo('x', [1])] })))).toEqual([]);
  });

  it.each<readonly [string, Parts, readonly string[]]>([
    ['a scale that is not above zero', { weightScales: [0.1, 0, 0.3] }, ['T3 graph/weight']],
    ['uint8', { type: DataType.uint8, zeroPoint: 128 }, ['T5 graph/quantize', 'T5 graph/dequantize']],
    ['a zero point', { zeroPoint: 3 }, ['T6 graph/quantize', 'T6 graph/dequantize']],
    ['one input that is float', { weightIsFloat: true }, ['T8 graph/product slow']],
    ['scales of the inputs', { weightScales: [0.1, 0.2], axis: 0n }, ['T9 graph/weight']],
    ['activations by channel', { scaleOfData: [0.1, 0.2] }, ['T10 graph/quantize', 'T10 graph/dequantize']],
    ['integers before the Relu', { quantizesOutput: true }, ['T12 graph/product slow']],
  ])('finds %s', (_, parts, expected) => {
    expect(told(layer(parts))).toEqual(expected);
  });

  it('sums up', () => {
    const odd = checkTensorrtRules(layer({ zeroPoint: 3, weightIsFloat: true }));
    expect(describeFindings(odd)).toBe('TensorRT refuses 2 nodes (T6 ×2) and is slower at 1 node (T8).');
    expect(describeFindings([])).toBe('TensorRT supports every quantized node.');
  });

  it('finds int32 biases, scales that are computed, and operators that TensorRT lacks', () => {
    const odd = model(
      graph({
        nodes: [
          node('DequantizeLinear', ['b', 's', 'bz'], ['bias'], {}, { name: 'bias' }),
          node('Relu', ['s'], ['computed']),
          node('DequantizeLinear', ['w', 'computed'], ['weight'], {}, { name: 'weight' }),
          node('DynamicQuantizeLinear', ['x'], ['q', 'qs', 'qz'], {}, { name: 'dynamic' }),
          node('QGemm', ['q'], ['y'], {}, { name: 'gemm', domain: 'com.microsoft' }),
        ],
        initializers: [
          zero('b', DataType.int32, 3),
          zero('bz', DataType.int32),
          floatTensor('s', [], [1]),
          int8('w', [2, 3]),
        ],
        inputs: [valueInfo('x', [1, 2])],
        outputs: [valueInfo('y', [1, 3])],
      }),
    );
    expect(told(odd)).toEqual(['T7 graph/bias', 'T2 graph/weight', 'T1 graph/dynamic', 'T1 graph/gemm']);
    expect(checkTensorrtRules(odd)[1]!.reason).toBe('Its scale is not constant.');
  });

  it('names the step to remove if scales are stored as float16', () => {
    const stored = model(
      graph({
        nodes: [
          node('Cast', ['h'], ['s'], { to: 1n }),
          node('DequantizeLinear', ['w', 's'], ['weight'], { axis: 0n }),
          node('MatMul', ['x', 'weight'], ['y']),
        ],
        initializers: [int8('w', [2, 3]), zero('h', DataType.float16, 2)],
        inputs: [valueInfo('x', [1, 2])],
        outputs: [valueInfo('y', [1, 3])],
      }),
    );
    expect(checkTensorrtRules(stored)[0]).toMatchObject({
      rule: 'T2',
      reason: expect.stringContaining('store-float16'),
    });
  });
});
