import { describe, expect, it } from 'vitest';
import { integerValueEntry } from '../../engine/analysis/integer-values';
import { compileModel } from '../../engine/compile/compile-model';
import type { Feeds } from '../../engine/data/feeds';
import { DataType } from '../../engine/onnx/data-type';
import type { Model } from '../../engine/onnx/graph';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { createTensor } from '../../engine/onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { createSeededRandom } from '../../engine/seeded-random';
import { loadOrtInNode } from '../node/ort';
import { partSpec } from '../session/session-inference';
import { runModelInNode } from '../testing/run-model';
import { openCompiled } from './compiled-instance';
import { CompiledSession } from './compiled-session';

const scale = Math.fround(0.05);
const [height, width] = [7, 9];

interface Layer {
  readonly channels: number;
  readonly outputs: number;
  readonly group: number;
  readonly kernel: number;
  readonly stride: number;
  readonly type: 'int8' | 'uint8';
  readonly op?: 'Relu' | 'HardSwish';
}

const zeroOf = ({ type }: Layer) => (type === 'uint8' ? 117 : -11);
const scaleOf = (output: number) => Math.fround(0.001 * (output + 1));

/** A convolution between two quantizers. HardSwish follows the second one. */
function quantizedConvolution(layer: Layer, weights: Int8Array) {
  const { channels, outputs, group, kernel, stride, type, op = 'Relu' } = layer;
  const code = (name: string, value: number) =>
    createTensor({ name, dataType: DataType[type], dims: [], bytes: Uint8Array.of(value) });
  const pad = BigInt(kernel >> 1);
  const [first, second] = op === 'Relu' ? ['Relu', 'Identity'] : ['Identity', op];
  return model(
    graph({
      nodes: [
        node('QuantizeLinear', ['x', 's', 'zx'], ['xq']),
        node('DequantizeLinear', ['xq', 's', 'zx'], ['xd']),
        node('DequantizeLinear', ['w', 'sw'], ['wd'], { axis: 0n }),
        node('Conv', ['xd', 'wd'], ['c'], {
          ...{ group: BigInt(group), pads: [pad, pad, pad, pad] },
          strides: [BigInt(stride), BigInt(stride)],
        }),
        ...(first === 'Relu' ? [node('Relu', ['c'], ['r'])] : []),
        node('QuantizeLinear', [first === 'Relu' ? 'r' : 'c', 'sy', 'zy'], ['yq']),
        node('DequantizeLinear', ['yq', 'sy', 'zy'], [second === 'Identity' ? 'y' : 'h']),
        ...(second === 'Identity'
          ? []
          : [
              node(second!, ['h'], ['g']),
              node('QuantizeLinear', ['g', 'sy', 'zy'], ['gq']),
              node('DequantizeLinear', ['gq', 'sy', 'zy'], ['y']),
            ]),
      ],
      initializers: [
        ...[floatTensor('s', [], [scale]), floatTensor('sy', [], [0.5]), code('zx', zeroOf(layer)), code('zy', 3)],
        floatTensor(
          'sw',
          [outputs],
          Array.from({ length: outputs }, (_, output) => scaleOf(output)),
        ),
        createTensor({
          ...{ name: 'w', dataType: DataType.int8, dims: [outputs, channels / group, kernel, kernel] },
          bytes: new Uint8Array(weights.buffer),
        }),
      ],
      inputs: [valueInfo('x', [1, channels, height, width])],
      outputs: [valueInfo('y', null)],
    }),
    { opset: 21 },
  );
}

/** Halves go to the even neighbor. */
function roundEven(number: number): number {
  const down = Math.floor(number);
  return number - down === 0.5 ? down + (down & 1) : Math.round(number);
}

/** The outputs by integer arithmetic, [outputs][rows][columns]. */
function referenceOf(layer: Layer, weights: Int8Array, data: Float32Array): readonly number[] {
  const { channels, outputs, group, kernel, stride, type } = layer;
  const [low, high] = type === 'uint8' ? [0, 255] : [-128, 127];
  const zero = zeroOf(layer);
  const codes = data.map((x) => Math.min(Math.max(roundEven(Math.fround(x / scale)) + zero, low), high));
  const inputs = channels / group;
  const sumAt = (output: number, y: number, x: number): number => {
    const first = Math.floor(output / (outputs / group)) * inputs;
    let sum = 0;
    for (let channel = 0; channel < inputs; channel++) {
      for (let tap = 0; tap < kernel * kernel; tap++) {
        const row = y * stride + Math.floor(tap / kernel) - (kernel >> 1);
        const column = x * stride + (tap % kernel) - (kernel >> 1);
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        const code = codes[((first + channel) * height + row) * width + column]!;
        sum += (code - zero) * weights[(output * inputs + channel) * kernel * kernel + tap]!;
      }
    }
    return sum;
  };
  const [rows, columns] = [height, width].map((size) => Math.ceil(size / stride));
  return Array.from({ length: outputs * rows! * columns! }, (_, index) => {
    const output = Math.floor(index / (rows! * columns!));
    const sum = sumAt(output, Math.floor(index / columns!) % rows!, index % columns!);
    const factor = Math.fround(Math.fround(scale * scaleOf(output)) / 0.5);
    const code = roundEven(Math.fround(sum * factor)) + 3;
    return (Math.min(Math.max(code, Math.max(low, 3)), high) - 3) * 0.5;
  });
}

function randomLayer(layer: Layer, seed: number) {
  const seeded = createSeededRandom(seed);
  const { channels, outputs, group, kernel } = layer;
  const taps = (outputs * channels * kernel * kernel) / group;
  const weights = Int8Array.from({ length: taps }, () => Math.floor(seeded.next() * 256) - 128);
  const shape = [1, channels, height, width];
  const data = Float32Array.from({ length: channels * height * width }, () => seeded.next() * 14 - 7);
  return {
    weights,
    data,
    made: quantizedConvolution(layer, weights),
    feeds: { x: { dtype: 'float32', dims: shape, data } },
  } as const;
}

async function runBuilds(made: Model, feeds: Feeds): Promise<readonly Float32Array[]> {
  const { compiled } = compileModel(made);
  const runnable = [...compiled!.modules].filter(([, bytes]) => WebAssembly.validate(bytes));
  const instances = await Promise.all(runnable.map(([build]) => openCompiled(compiled!, build)));
  return instances.map((instance) => instance.run(feeds)['y']!.data as Float32Array);
}

const layers: readonly Omit<Layer, 'type'>[] = [
  { channels: 3, outputs: 5, group: 1, kernel: 3, stride: 1 },
  { channels: 8, outputs: 16, group: 1, kernel: 1, stride: 1 },
  { channels: 13, outputs: 9, group: 1, kernel: 3, stride: 2 },
  { channels: 5, outputs: 5, group: 5, kernel: 3, stride: 1 },
  { channels: 16, outputs: 16, group: 16, kernel: 3, stride: 2 },
  { channels: 19, outputs: 19, group: 19, kernel: 5, stride: 1 },
  { channels: 24, outputs: 24, group: 24, kernel: 3, stride: 1 },
];
const cases = layers.flatMap((layer) => (['int8', 'uint8'] as const).map((type): Layer => ({ ...layer, type })));

describe('convolution of codes', () => {
  it.each(cases)('equals integer arithmetic to the bit: %j', async (layer) => {
    const { weights, data, made, feeds } = randomLayer(layer, layer.channels);
    const expected = referenceOf(layer, weights, data);
    expect(new Set(expected).size).toBeGreaterThan(10);
    for (const found of await runBuilds(made, feeds)) expect([...found]).toEqual(expected);
  });

  it.each(cases)('gives the codes of the runtime, with an activation in a table: %j', async (layer) => {
    const { made, feeds } = randomLayer({ ...layer, op: 'HardSwish' }, layer.channels);
    const bytes = joinParts(encodeModel(made));
    const expected = (await runModelInNode(bytes, feeds, { graphOptimizationLevel: 'disabled' }))['y']!
      .data as Float32Array;
    expect(new Set(expected).size).toBeGreaterThan(10);
    for (const found of await runBuilds(made, feeds)) {
      const steps = expected.map((value, index) => Math.abs(value - found[index]!) / 0.5);
      // Sums half-way between two codes may be rounded either way.
      expect(Math.max(...steps)).toBeLessThanOrEqual(1);
      expect(steps.filter((step) => step > 0).length).toBeLessThan(expected.length / 100);
    }
  });
});

describe('matrices of codes', () => {
  it.each([
    ['MatMul', 1n, 3, 20, 12],
    ['Gemm', 0n, 1, 33, 9],
    ['Gemm', 0n, 6, 8, 8],
  ] as const)(
    'equal integer arithmetic to the bit: %s with scales along axis %i, %i rows, depth %i, %i columns',
    async (op, axis, rows, depth, columns) => {
      const seeded = createSeededRandom(depth);
      const isTurned = op === 'Gemm';
      const weights = Int8Array.from({ length: depth * columns }, () => Math.floor(seeded.next() * 255) - 127);
      const data = Float32Array.from({ length: rows * depth }, () => Math.round(seeded.next() * 200 - 100) * scale);
      const code = (name: string, value: number) =>
        createTensor({ name, dataType: DataType.int8, dims: [], bytes: Uint8Array.of(value) });
      const made = model(
        graph({
          nodes: [
            node('QuantizeLinear', ['x', 's', 'zx'], ['xq']),
            node('DequantizeLinear', ['xq', 's', 'zx'], ['xd']),
            node('DequantizeLinear', ['w', 'sw'], ['wd'], { axis }),
            node(op, ['xd', 'wd'], ['c'], isTurned ? { transB: 1n } : {}),
            node('QuantizeLinear', ['c', 'sy', 'zy'], ['yq']),
            node('DequantizeLinear', ['yq', 'sy', 'zy'], ['y']),
          ],
          initializers: [
            ...[floatTensor('s', [], [scale]), floatTensor('sy', [], [0.5]), code('zx', 5), code('zy', 3)],
            floatTensor(
              'sw',
              [columns],
              Array.from({ length: columns }, (_, output) => scaleOf(output)),
            ),
            createTensor({
              ...{ name: 'w', dataType: DataType.int8, dims: isTurned ? [columns, depth] : [depth, columns] },
              bytes: new Uint8Array(weights.buffer),
            }),
          ],
          inputs: [valueInfo('x', [rows, depth])],
          outputs: [valueInfo('y', null)],
        }),
        { opset: 21 },
      );
      const codes = data.map((x) => Math.min(Math.max(roundEven(Math.fround(x / scale)) + 5, -128), 127));
      const expected = Array.from({ length: rows * columns }, (_, index) => {
        const [row, column] = [Math.floor(index / columns), index % columns];
        let sum = 0;
        for (let at = 0; at < depth; at++) {
          sum += (codes[row * depth + at]! - 5) * weights[isTurned ? column * depth + at : at * columns + column]!;
        }
        const factor = Math.fround(Math.fround(scale * scaleOf(column)) / 0.5);
        return (Math.min(Math.max(roundEven(Math.fround(sum * factor)) + 3, -128), 127) - 3) * 0.5;
      });
      expect(new Set(expected).size).toBeGreaterThan(5);
      const feeds = { x: { dtype: 'float32', dims: [rows, depth], data } } as const;
      for (const found of await runBuilds(made, feeds)) expect([...found]).toEqual(expected);
    },
  );
});

describe('CompiledSession', () => {
  it('feeds floats to an input whose metadata states the integers of an earlier file', async () => {
    const metadata = ['x', 'y'].map((name) => integerValueEntry(name, { type: 'int8', scale: 1, zeroPoint: 0 }));
    const nodes = [node('Relu', ['x'], ['y'])];
    const made = model(graph({ nodes, inputs: [valueInfo('x', [2])], outputs: [valueInfo('y', [2])] }), { metadata });
    const session = new CompiledSession({ loadOrt: () => loadOrtInNode(1), recordOutput: () => [] });
    await session.open(partSpec(made));
    const x = { dtype: 'float32', dims: [2], data: Float32Array.of(-1, 0.25) } as const;
    expect((await session.run({ x })).outputs['y']!.data).toEqual(Float32Array.of(0, 0.25));
  });
});
