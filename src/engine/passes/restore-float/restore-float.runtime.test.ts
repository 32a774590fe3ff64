/** Files that ONNX Runtime's tools and Pareto quantized, restored and run: what the quantized file computes, without its rounding. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runModelInNode } from '../../../runtime/testing/run-model';
import { createInProcessInference } from '../../../runtime/node/testing/in-process-inference';
import { inspect } from '../../analysis/inspect';
import type { CalibrationData } from '../../data/calibration-data';
import type { Feeds } from '../../data/feeds';
import { createSyntheticFeeds } from '../../data/synthetic';
import { OutputComparison } from '../../metrics/output-match';
import { MemorySource } from '../../onnx/byte-source';
import { checkModel } from '../../onnx/check';
import { decodeModel } from '../../onnx/codec/decode';
import { encodeModel, joinParts } from '../../onnx/codec/encode';
import { DataType } from '../../onnx/data-type';
import { float32ToFloat16 } from '../../onnx/half-float';
import { createTensor } from '../../onnx/tensor';
import { inferElementTypes } from '../../onnx/element-types';
import type { Model } from '../../onnx/graph';
import { isQuantized } from '../../onnx/ops/quantized-operators';
import { floatTensor, graph, int64Tensor, model as modelOf, node, valueInfo } from '../../onnx/testing/build';
import { inTopologicalOrder } from '../../onnx/topological-order';
import { weights } from '../../onnx/weights';
import { createSeededRandom } from '../../seeded-random';
import { resolveOptions } from '../options';
import { passById } from '../registry';
import { passContext } from '../testing/pass-context';
import { runRestoreFloat } from './run-restore-float';

const folder = (path: string) => new URL(`../${path}/`, import.meta.url);
const filesIn = (path: string, isMeant: (name: string) => boolean) =>
  readdirSync(folder(path))
    .filter((name) => name.endsWith('.onnx') && isMeant(name))
    .map((name) => [name, path] as const);

function load(name: string, path: string): Model {
  const model = decodeModel(new MemorySource(readFileSync(new URL(name, folder(path)))));
  // ONNX Runtime's tool puts some nodes before those that they read.
  return { ...model, graph: { ...model.graph!, nodes: inTopologicalOrder(model.graph!.nodes) } };
}

function feedsFor(model: Model, seed: number): Feeds {
  const { inputs } = inspect(model, { name: 'model.onnx', sizeBytes: 0, sha256: '' });
  const feeds = createSyntheticFeeds(inputs, {}, seed);
  return Object.fromEntries(
    Object.entries(feeds).map(([name, feed]) => {
      const { dtype, data } = feed;
      // Token ids must lie within their tables.
      if (dtype === 'int64') return [name, { ...feed, data: (data as BigInt64Array).map((_, at) => BigInt(at % 2)) }];
      if (dtype === 'int32') return [name, { ...feed, data: (data as Int32Array).map((_, at) => at % 2) }];
      return [name, feed];
    }),
  );
}

async function decibels(before: Model, after: Model): Promise<number> {
  const [first, second] = [before, after].map((model) => joinParts(encodeModel(model)));
  const comparison = new OutputComparison();
  const feeds = feedsFor(before, 7);
  comparison.add(await runModelInNode(first!, feeds), await runModelInNode(second!, feeds));
  const result = comparison.result('synthetic');
  return result.sqnrDb ?? Infinity;
}

const quantized = [
  ...filesIn('quantize/dynamic/fixtures/quantized', () => true),
  ...filesIn('quantize/static/fixtures', (name) => name.split('.').length > 2),
  ...filesIn('quantize/weights/fixtures', (name) => name.split('.').length > 2),
];

/** The least SQNR: 8-bit activations alone lose about as much in these files. */
const leastDb = 28;

/** Weights near the largest number of float32, whose products overflow. */
const beyondFloat32 = /^matmul-edge-ranges/;

describe('restore-float on files of other tools', () => {
  it.each(quantized)('restores %s', async (name, path) => {
    const received = load(name, path);
    const { model, changes, refusals } = await runRestoreFloat(received, passContext());
    expect(checkModel(model)).toEqual([]);
    expect(isQuantized(model)).toBe(false);
    expect(refusals).toEqual([]);
    expect(changes.length).toBeGreaterThan(0);
    if (!beyondFloat32.test(name)) expect(await decibels(received, model)).toBeGreaterThan(leastDb);
  });

  it.each([
    ['pictures.kept.onnx', false],
    ['sentences.kept.onnx', false],
    ['pictures.converted.onnx', true],
    ['sentences.converted.onnx', true],
  ] as const)('widens %s', async (name, feedsHalves) => {
    const received = load(name, 'float16/convert/fixtures');
    const { model, sentence } = await runRestoreFloat(received, passContext());
    expect(checkModel(model)).toEqual([]);
    expect(sentence).toMatch(/^Restored \d+ float16 tensors to float32\./);
    const types = inferElementTypes(model);
    const names = model.graph!.nodes.flatMap(({ outputs }) => outputs);
    expect(names.filter((value) => types.get(model.graph!, value) === DataType.float16)).toEqual([]);
    expect(model.graph!.nodes.filter(({ opType }) => opType === 'Cast')).toHaveLength(0);
    if (!feedsHalves) expect(await decibels(received, model)).toBeGreaterThan(50);
  });
});

const random = createSeededRandom(3);
const weight = (name: string, ...dims: number[]) =>
  floatTensor(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.next() - 0.45),
  );

/** A table, products with and without a bias, an LSTM, and layers of which two share a weight. */
const text = modelOf(
  graph({
    nodes: [
      node('Gather', ['table', 'ids'], ['x'], {}, { name: 'embed' }),
      node('MatMul', ['x', 'w'], ['h'], {}, { name: 'first' }),
      node('Add', ['h', 'b'], ['a']),
      node('Relu', ['a'], ['r']),
      node('MatMul', ['r', 'w'], ['s'], {}, { name: 'shared' }),
      node('LSTM', ['s', 'lw', 'lr', 'lb'], ['l'], { hidden_size: 8n }, { name: 'recurrent' }),
      node('Reshape', ['l', 'flat'], ['f']),
      node('Gemm', ['f', 'u', 'c'], ['y'], { transB: 1n }, { name: 'last' }),
    ],
    initializers: [
      ...[weight('table', 20, 32), weight('w', 32, 32), weight('b', 32)],
      ...[weight('lw', 1, 32, 32), weight('lr', 1, 32, 8), weight('lb', 1, 64)],
      ...[int64Tensor('flat', [2], [1, 40]), weight('u', 12, 40), weight('c', 12)],
    ],
    inputs: [valueInfo('ids', [5, 1], DataType.int64)],
    outputs: [valueInfo('y', [1, 12])],
  }),
);

const picture = modelOf(
  graph({
    nodes: [
      node('Conv', ['x', 'w', 'b'], ['c'], { pads: [1n, 1n, 1n, 1n] }, { name: 'first' }),
      node('Relu', ['c'], ['r']),
      node('MaxPool', ['r'], ['p'], { kernel_shape: [2n, 2n], strides: [2n, 2n] }),
      node('Conv', ['p', 'd', 'e'], ['h'], {}, { name: 'second' }),
      node('Add', ['h', 'h'], ['twice']),
      node('GlobalAveragePool', ['twice'], ['g']),
      node('Flatten', ['g'], ['f']),
      node('Gemm', ['f', 'u', 'v'], ['y'], {}, { name: 'last' }),
    ],
    initializers: [
      ...[weight('w', 8, 3, 3, 3), weight('b', 8), weight('d', 16, 8, 3, 3), weight('e', 16)],
      ...[weight('u', 16, 5), weight('v', 5)],
    ],
    inputs: [valueInfo('x', [1, 3, 12, 12])],
    outputs: [valueInfo('y', [1, 5])],
  }),
);

const data: CalibrationData = {
  fingerprint: '',
  samples: 8,
  async *feeds() {
    for (let seed = 20; seed < 28; seed += 1) yield feedsFor(picture, seed);
  },
};

describe('restore-float on files of Pareto', () => {
  it.each([
    [text, 'quantize-dynamic', {}],
    [text, 'quantize-dynamic', { perChannel: true, activations: 'per-token' }],
    [picture, 'quantize-dynamic', { opTypes: ['all'] }],
    [picture, 'quantize-static', {}],
    [picture, 'quantize-static', { format: 'qoperator' }],
    [picture, 'quantize-static', { target: 'tensorrt' }],
    [text, 'quantize-weights', { method: 'rtn' }],
    [text, 'quantize-weights', { method: 'rtn', bits: '8', blockSize: '0', symmetric: true }],
    [text, 'quantize-weights', { method: 'rtn', bits: '2' }],
    [picture, 'quantize-weights', { method: 'rtn', bits: '4', keepEnds: false }],
    [text, 'store-float16', {}],
    [text, 'convert-float16', {}],
  ] as const)('%# takes the rounding of values back, not that of weights', async (original, id, options) => {
    const context = passContext({ inference: createInProcessInference(), data, original });
    const quantizer = passById(id);
    const { model: small } = await quantizer.run(original, resolveOptions(quantizer, { ...options }), context);
    expect(small).not.toBe(original);
    const before = joinParts(encodeModel(small));
    const { model, refusals } = await runRestoreFloat(small, passContext());
    expect(joinParts(encodeModel(small))).toEqual(before);
    expect(checkModel(model)).toEqual([]);
    expect(refusals).toEqual([]);
    expect(isQuantized(model)).toBe(false);
    const types = [...weights(model)].map(({ tensor }) => tensor.dataType);
    expect(new Set(types)).toEqual(new Set([...weights(original)].map(({ tensor }) => tensor.dataType)));
    expect(await decibels(small, model)).toBeGreaterThan(leastDb);
    // Both read one weight, as before.
    if (original === text && !('activations' in options)) {
      const [first, shared] = model.graph!.nodes.filter(({ opType }) => opType === 'MatMul');
      expect(first!.inputs[1]).toBe(shared!.inputs[1]);
    }
  });
});

describe('restore-float before convert-float16', () => {
  const half = (name: string, dims: readonly number[], values: readonly number[]) =>
    createTensor({ name, dataType: DataType.float16, dims, bytes: float32ToFloat16(Float32Array.from(values)) });
  /** 300 × 300 + 300 × 300 is beyond 65,504. ONNX Runtime for the CPU computes float16 in float32; GPUs do not. */
  const overflowing = modelOf(
    graph({
      nodes: [
        node('Cast', ['x'], ['h'], { to: 10n }),
        node('MatMul', ['h', 'w'], ['large'], {}, { name: 'large' }),
        node('Mul', ['large', 'small'], ['back'], {}, { name: 'back' }),
        node('MatMul', ['back', 'v'], ['half'], {}, { name: 'usual' }),
        node('Cast', ['half'], ['y'], { to: 1n }),
      ],
      initializers: [
        half('w', [2, 2], [300, 300, 300, 300]),
        half('small', [], [1e-4]),
        half('v', [2, 2], [1, 0.5, 0.25, 1]),
      ],
      inputs: [valueInfo('x', [1, 2])],
      outputs: [valueInfo('y', [1, 2])],
    }),
  );
  const feeds: Feeds = { x: { dtype: 'float32', dims: [1, 2], data: Float32Array.of(300, 300) } };
  const samples: CalibrationData = {
    fingerprint: '',
    samples: 1,
    async *feeds() {
      yield feeds;
    },
  };
  const outputOf = async (model: Model) => [
    ...((await runModelInNode(joinParts(encodeModel(model)), feeds))['y']!.data as Float32Array),
  ];

  it('computes in float32 if samples leave the range of float16', async () => {
    const context = passContext({ inference: createInProcessInference(), data: samples, original: overflowing });
    const convert = passById('convert-float16');
    const refused = await convert.run(overflowing, resolveOptions(convert, {}), context);
    expect(refused.refusals).toMatchObject([{ code: 'already-float16' }]);
    const { model: restored } = await runRestoreFloat(overflowing, context);
    const { model: mended, refusals } = await convert.run(restored, resolveOptions(convert, {}), context);
    expect(refusals.map(({ path, code }) => [path, code])).toEqual([
      ['graph/large', 'overflow'],
      ['graph/back', 'overflow'],
    ]);
    const outputs = await outputOf(mended);
    [22.5, 27].forEach((value, at) => expect(outputs[at]! / value).toBeCloseTo(1, 2));
    const types = inferElementTypes(mended);
    expect(types.get(mended.graph!, 'large')).toBe(DataType.float32);
    expect(mended.graph!.initializers.find(({ name }) => name === 'v')!.dataType).toBe(DataType.float16);
  });
});
