import { describe, expect, it } from 'vitest';
import { integerValueEntry } from '../../engine/analysis/integer-values';
import { compileModel } from '../../engine/compile/compile-model';
import { DataType } from '../../engine/onnx/data-type';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { createTensor } from '../../engine/onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { createSeededRandom } from '../../engine/seeded-random';
import { loadOrtInNode } from '../node/ort';
import { partSpec } from '../session/session-inference';
import { runModelInNode } from '../testing/run-model';
import { openCompiled } from './compiled-instance';
import { CompiledSession } from './compiled-session';

const scale = 0.05;

/** A convolution between two quantizers, with the zero point 117 in its input. */
function quantizedConvolution(channels: number, outputs: number, group: number, random: () => number) {
  const weights = Int8Array.from({ length: (outputs * channels * 9) / group }, () => Math.floor(random() * 255) - 127);
  const code = (name: string, value: number) =>
    createTensor({ name, dataType: DataType.uint8, dims: [], bytes: Uint8Array.of(value) });
  return model(
    graph({
      nodes: [
        node('QuantizeLinear', ['x', 's', 'zx'], ['xq']),
        node('DequantizeLinear', ['xq', 's', 'zx'], ['xd']),
        node('DequantizeLinear', ['w', 'sw'], ['wd'], { axis: 0n }),
        node('Conv', ['xd', 'wd'], ['c'], { group: BigInt(group), pads: [1n, 1n, 1n, 1n] }),
        node('Relu', ['c'], ['r']),
        node('QuantizeLinear', ['r', 'sy', 'zy'], ['yq']),
        node('DequantizeLinear', ['yq', 'sy', 'zy'], ['y']),
      ],
      initializers: [
        ...[floatTensor('s', [], [scale]), floatTensor('sy', [], [0.5]), code('zx', 117), code('zy', 3)],
        floatTensor(
          'sw',
          [outputs],
          Array.from({ length: outputs }, (_, index) => 0.001 * (index + 1)),
        ),
        createTensor({ name: 'w', dataType: DataType.int8, dims: [outputs, channels / group, 3, 3], bytes: weights }),
      ],
      inputs: [valueInfo('x', [1, channels, 7, 9])],
      outputs: [valueInfo('y', [1, outputs, 7, 9])],
    }),
  );
}

describe('convolution of codes', () => {
  it.each([
    [3, 5, 1],
    [8, 16, 1],
    [13, 9, 1],
    [5, 5, 5],
    [16, 16, 16],
  ])('gives the codes of the runtime for %i channels, %i outputs and %i groups', async (channels, outputs, group) => {
    const seeded = createSeededRandom(channels);
    const random = () => seeded.next();
    const made = quantizedConvolution(channels, outputs, group, random);
    const data = Float32Array.from({ length: channels * 63 }, () => random() * 10 - 5);
    const feeds = { x: { dtype: 'float32', dims: [1, channels, 7, 9], data } } as const;
    const expected = (await runModelInNode(joinParts(encodeModel(made)), feeds))['y']!.data as Float32Array;
    const { compiled } = compileModel(made);
    const found = (await openCompiled(compiled!)).run(feeds)['y']!.data as Float32Array;
    const steps = expected.map((value, index) => Math.abs(value - found[index]!) / 0.5);
    // Sums half-way between two codes may be rounded either way.
    expect(Math.max(...steps)).toBeLessThanOrEqual(1);
    expect(steps.filter((step) => step > 0).length).toBeLessThan(expected.length / 100);
    expect(new Set(expected).size).toBeGreaterThan(10);
  });
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
