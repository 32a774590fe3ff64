import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Feeds } from '../../engine/data/feeds';
import { MemorySource } from '../../engine/onnx/byte-source';
import { checkModel } from '../../engine/onnx/check';
import { decodeModel } from '../../engine/onnx/codec/decode';
import type { Model } from '../../engine/onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { readFloat32 } from '../../engine/onnx/tensor';
import { resolveOptions } from '../../engine/passes/options';
import type { PassContext } from '../../engine/passes/pass';
import { pruneWeights } from '../../engine/passes/prune/weights/prune-weights';
import { passContext } from '../../engine/passes/testing/pass-context';
import { createInProcessInference } from './testing/in-process-inference';

const digits = decodeModel(new MemorySource(readFileSync('public/samples/digits-mlp.onnx')));

/** Eight inputs, of which the first two are always dark: what is multiplied with them says nothing. */
const product = model(
  graph({
    nodes: [node('Gemm', ['x', 'w'], ['y'], { transB: 1n }, { name: 'product' })],
    initializers: [
      floatTensor(
        'w',
        [4, 8],
        Float32Array.from({ length: 32 }, (_, at) => 10 - (at % 8)),
      ),
    ],
    inputs: [valueInfo('x', ['N', 8])],
    outputs: [valueInfo('y', ['N', 4])],
  }),
);

const data: NonNullable<PassContext['data']> = {
  fingerprint: 'dark',
  samples: 16,
  async *feeds(): AsyncGenerator<Feeds> {
    for (let sample = 0; sample < 16; sample += 1) {
      const values = Float32Array.from({ length: 8 }, (_, at) => (at < 2 ? 0 : Math.sin(at + sample) * 10));
      yield { x: { dtype: 'float32', dims: [1, 8], data: values } };
    }
  },
};

async function prune(of: Model, given: Record<string, unknown>, context: Partial<PassContext> = {}) {
  const outcome = await pruneWeights.run(of, resolveOptions(pruneWeights, given), passContext(context));
  const weights = outcome.model.graph!.initializers.filter(({ dims }) => dims.length === 2).map(readFloat32);
  return { ...outcome, weights };
}

const zerosIn = (values: Float32Array): number => values.reduce((sum, value) => sum + Number(value === 0), 0);

describe('prune-weights', () => {
  it('zeroes two of four neighbouring inputs of every output', async () => {
    const { model: pruned, weights, changes } = await prune(digits, { pattern: '2:4' });
    expect(checkModel(pruned)).toEqual([]);
    expect(changes).toHaveLength(3);
    for (const values of weights) {
      for (let start = 0; start < values.length; start += 4) expect(zerosIn(values.subarray(start, start + 4))).toBe(2);
    }
  });

  it('takes what the data never feeds first, the same share of every row', async () => {
    const inference = createInProcessInference();
    const { weights, refusals } = await prune(product, { method: 'wanda', amount: 0.25 }, { data, inference });
    expect(refusals).toEqual([]);
    expect([...weights[0]!]).toEqual(Array.from({ length: 32 }, (_, at) => (at % 8 < 2 ? 0 : 10 - (at % 8))));
    expect(inference.sessions.open).toBe(0);
  });

  it('goes by magnitude without data, and says so', async () => {
    const { refusals, weights } = await prune(digits, { method: 'wanda' });
    expect(refusals.map(({ code }) => code)).toEqual(['no-data']);
    expect(zerosIn(weights[0]!)).toBe(weights[0]!.length / 2);
  });
});
