import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Feeds } from '../../../data/feeds';
import { MemorySource } from '../../../onnx/byte-source';
import { checkModel } from '../../../onnx/check';
import { decodeModel } from '../../../onnx/codec/decode';
import { randomNetwork } from '../../../onnx/coupling/testing/random-network';
import type { Model } from '../../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { readFloat32 } from '../../../onnx/tensor';
import { resolveOptions } from '../../options';
import type { PassContext } from '../../pass';
import { pruneWeights } from './prune-weights';
import { passContext } from '../../testing/pass-context';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';

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
  it('zeroes two of four neighboring inputs of every output', async () => {
    const { model: pruned, weights, changes } = await prune(digits, { pattern: '2:4' });
    expect(checkModel(pruned)).toEqual([]);
    expect(changes).toHaveLength(3);
    for (const values of weights) {
      for (let start = 0; start < values.length; start += 4) expect(zerosIn(values.subarray(start, start + 4))).toBe(2);
    }
  });

  it('keeps N of M by every method, and says which pattern hardware skips', async () => {
    const inference = createInProcessInference();
    for (const method of ['magnitude', 'sparsegpt']) {
      for (const [pattern, of, zeros] of [
        ['1:4', 4, 3],
        ['3:8', 8, 5],
      ] as const) {
        const { weights, sentence, refusals } = await prune(product, { method, pattern }, { data, inference });
        expect(refusals).toEqual([]);
        for (let start = 0; start < 32; start += of) {
          expect(zerosIn(weights[0]!.subarray(start, start + of)), `${method} ${pattern}`).toBe(zeros);
        }
        expect(sentence).toMatch(/skip only two of four, so common hardware gains no speed\.$/);
      }
    }
    expect((await prune(product, { pattern: '2:4' })).sentence).toMatch(/skip two of four if the runtime uses them/);
  });

  it('goes by magnitude without data, and says so', async () => {
    const { refusals, weights } = await prune(digits, { method: 'sparsegpt' });
    expect(refusals.map(({ code }) => code)).toEqual(['no-data']);
    expect(zerosIn(weights[0]!)).toBe(weights[0]!.length / 2);
  });

  it('compensates for removed weights, layer after layer, with SparseGPT', async () => {
    const network = randomNetwork(8, [4, 5]);
    const pictures: NonNullable<PassContext['data']> = {
      fingerprint: 'pictures',
      samples: 16,
      async *feeds(): AsyncGenerator<Feeds> {
        for (let sample = 0; sample < 16; sample += 1) {
          const values = Float32Array.from(
            { length: 192 },
            (_, at) => Math.sin(at / 7 + sample) + Math.cos(at * sample),
          );
          yield { x: { dtype: 'float32', dims: [1, 3, 8, 8], data: values } };
        }
      },
    };
    const inference = createInProcessInference();
    const outputsOf = async (of: Model): Promise<readonly number[]> => {
      const session = await inference.open(new AbortController().signal, of);
      const found: number[] = [];
      for await (const feeds of pictures.feeds())
        found.push(...((await session.run(feeds))['y']!.data as Float32Array));
      session.close();
      return found;
    };
    const expected = await outputsOf(network);
    const errors: number[] = [];
    for (const method of ['magnitude', 'sparsegpt']) {
      const { model: pruned, refusals } = await prune(network, { method, amount: 0.5 }, { data: pictures, inference });
      expect(refusals.map(({ code }) => code)).not.toContain('no-data');
      expect(checkModel(pruned)).toEqual([]);
      const found = await outputsOf(pruned);
      errors.push(found.reduce((sum, value, at) => sum + (value - expected[at]!) ** 2, 0));
    }
    expect(errors[1]).toBeLessThan(0.3 * errors[0]!);
    expect(inference.sessions.open).toBe(0);
    const without = await prune(network, { method: 'sparsegpt' });
    expect(without.refusals.map(({ code }) => code)).toContain('no-data');
  });
});
