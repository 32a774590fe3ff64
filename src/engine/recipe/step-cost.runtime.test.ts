import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../runtime/node/testing/in-process-inference';
import type { CalibrationData } from '../data/calibration-data';
import type { Feeds } from '../data/feeds';
import { MemorySource } from '../onnx/byte-source';
import { decodeModel } from '../onnx/codec/decode';
import { joinParts } from '../onnx/codec/encode';
import { encodeFiles } from '../onnx/codec/encode-files';
import { attachExternalData } from '../onnx/codec/external-data';
import type { Model } from '../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import type { OptionValues } from '../passes/option-spec';
import { createSeededRandom } from '../seeded-random';
import { runPipeline } from './pipeline';
import { productOf } from '../product-of';

const random = createSeededRandom(1);
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.next() - 0.5);

/** y = x·W, [1, inputs] → [1, outputs]; as an image without classes where it is reshaped. */
function dense(inputs: number, outputs: number, asImage = false): Model {
  const nodes = [node('MatMul', ['x', 'W'], [asImage ? 'h' : 'y'])];
  if (asImage) nodes.push(node('Unsqueeze', ['h', 'axes'], ['y']));
  return model(
    graph({
      nodes,
      initializers: [
        floatTensor('W', [inputs, outputs], [...numbers(inputs * outputs)]),
        ...(asImage ? [{ name: 'axes', dims: [2n], dataType: 7, int64Data: BigInt64Array.of(0n, 1n) }] : []),
      ],
      inputs: [valueInfo('x', [1, inputs])],
      outputs: [valueInfo('y', null)],
    }),
  );
}

/** y = x·W, [1, steps, inputs] → [1, steps, outputs]. */
function sequential(steps: number, inputs: number, outputs: number): Model {
  return model(
    graph({
      nodes: [node('MatMul', ['x', 'W'], ['y'])],
      initializers: [floatTensor('W', [inputs, outputs], [...numbers(inputs * outputs)])],
      inputs: [valueInfo('x', [1, steps, inputs])],
      outputs: [valueInfo('y', [1, steps, outputs])],
    }),
  );
}

function dataOf(inputs: number, samples = 64, dims: readonly number[] = [1, inputs]): CalibrationData {
  const length = productOf(dims);
  const feeds: Feeds[] = Array.from({ length: samples }, () => ({
    x: { dtype: 'float32', dims, data: numbers(length) },
  }));
  return {
    fingerprint: 'x',
    samples,
    async *feeds() {
      yield* feeds;
    },
  };
}

async function sentenceOf(of: Model, pass: string, options: OptionValues, data: CalibrationData) {
  const inference = createInProcessInference();
  const recipe = { version: 1, seed: 0, steps: [{ pass, options, enabled: true }] } as const;
  const { passes } = await runPipeline(of, recipe, {
    signal: new AbortController().signal,
    progress: () => undefined,
    checkpoint: () => Promise.resolve(),
    inference,
    data,
  });
  expect(inference.sessions.open).toBe(0);
  return passes[0]!.sentence;
}

describe('the cost of a step', () => {
  it('says nothing of a file that shrank and outputs that stayed near', async () => {
    expect(await sentenceOf(dense(64, 32), 'quantize-weights', { bits: '8' }, dataOf(64))).toBeUndefined();
  });

  it('counts weights that lie in a data file', async () => {
    const whole = dense(64, 32);
    const files = encodeFiles(whole, { storage: 'external', dataFileName: 'data' });
    const data = joinParts(files.externalData[0]!.data);
    const apart = attachExternalData(
      decodeModel(new MemorySource(joinParts(files.model))),
      new Map([['data', new MemorySource(data)]]),
    );
    expect(await sentenceOf(apart, 'quantize-weights', { bits: '8' }, dataOf(64))).toBeUndefined();
  });

  it('names a file that grew', async () => {
    const sentence = await sentenceOf(dense(4, 4), 'quantize-static', {}, dataOf(4));
    expect(sentence).toMatch(
      /^The file grew from \d+.bytes to .*: the new nodes take more bytes than the smaller numbers save\.$/,
    );
  });

  it('counts the samples that get another class, and proposes a remedy', async () => {
    const options = { method: 'magnitude', amount: 0.9 };
    const sentence = await sentenceOf(dense(64, 32), 'prune-weights', options, dataOf(64));
    expect(sentence).toMatch(/The prediction changed for \d+ of 16 samples\. Try a smaller share/);
  });

  it('counts the steps of sequences, not the samples that are the same in all of them', async () => {
    const [of, data] = [sequential(100, 64, 32), dataOf(64, 64, [1, 100, 64])];
    expect(await sentenceOf(of, 'quantize-weights', { bits: '8' }, data)).toBeUndefined();
    const sentence = await sentenceOf(of, 'prune-weights', { method: 'magnitude', amount: 0.9 }, data);
    expect(sentence).toMatch(/The prediction changed in \d+\.\d.% of the steps, on 16 samples\. Try a smaller share/);
  });

  it('gives the error of outputs that are no classes', async () => {
    const options = { method: 'magnitude', amount: 0.9 };
    const sentence = await sentenceOf(dense(64, 32, true), 'prune-weights', options, dataOf(64));
    expect(sentence).toMatch(/Output error \d+.% \(SQNR [\d.]+.dB\) on 16 samples\. Try /);
  });

  it('gives the cosine of embeddings', async () => {
    const options = { method: 'magnitude', amount: 0.9 };
    const sentence = await sentenceOf(dense(64, 128), 'prune-weights', options, dataOf(64));
    expect(sentence).toMatch(/The outputs have a cosine of 0\.\d+ to those before this step, on 16 samples\. Try /);
  });

  it('measures no loss on too few samples', async () => {
    const options = { method: 'magnitude', amount: 0.9 };
    expect(await sentenceOf(dense(64, 32), 'prune-weights', options, dataOf(64, 8))).not.toContain('samples');
  });
});
