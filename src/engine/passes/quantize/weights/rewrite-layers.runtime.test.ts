import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import type { Feeds } from '../../../data/feeds';
import { runOnce } from '../../../inference';
import { checkModel } from '../../../onnx/check';
import type { Model } from '../../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { getAttributeInt } from '../../../onnx/traverse';
import { createSeededRandom } from '../../../seeded-random';
import type { OptionValues } from '../../option-spec';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { quantizeWeights } from './quantize-weights';

const weight = (name: string, ...dims: number[]) =>
  floatTensor(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b) }, (_, at) => Math.sin(at)),
  );

const longNames = model(
  graph({
    nodes: [
      node('Conv', ['x', 'features.0.weight'], ['h'], {}, { name: 'first' }),
      node('Conv', ['h', 'features.1.weight'], ['k'], {}, { name: 'second' }),
      // Both read one matrix.
      node('MatMul', ['k', 'shared.weight'], ['m'], {}, { name: 'third' }),
      node('MatMul', ['m', 'shared.weight'], ['y'], {}, { name: 'last' }),
    ],
    initializers: [
      weight('features.0.weight', 8, 8, 3, 3),
      weight('features.1.weight', 8, 8, 3, 3),
      weight('shared.weight', 32, 32),
    ],
    inputs: [valueInfo('x', [1, 8, 36, 36])],
    outputs: [valueInfo('y', [1, 8, 32, 32])],
  }),
);

async function graphOf(given: Model, form: string) {
  const options = resolveOptions(quantizeWeights, { method: 'rtn', keepEnds: false, form });
  const { graph: made } = (await quantizeWeights.run(given, options, passContext())).model;
  return {
    weights: made!.initializers.map(({ name }) => name),
    layers: made!.nodes.filter(({ opType }) => opType === 'Conv' || opType === 'MatMul').map(({ inputs }) => inputs[1]),
  };
}

describe('LayerRewriter', () => {
  it('gives additions short names, and keeps the name of the floats of a weight', async () => {
    const { weights, layers } = await graphOf(longNames, 'auto');
    expect(layers).toEqual(['features.0.weight', 'features.1.weight', 'q3_output', 'q3_output']);
    expect(weights).toEqual(['q1', 's1', 'z1', 'dims', 'q2', 's2', 'z2', 'q3', 's3', 'z3']);
  });

  it('takes the names of the tool if its form is requested', async () => {
    const { weights, layers } = await graphOf(longNames, 'dequantize');
    expect(layers[2]).toBe('shared.weight_DQ_Q4_output');
    expect(weights).toContain('features.0.weight_DQ_scales');
  });
});

describe('accuracy_level of MatMulNBits', () => {
  const levelsOf = async (given: OptionValues) => {
    const options = resolveOptions(quantizeWeights, { method: 'rtn', keepEnds: false, form: 'matmul-nbits', ...given });
    const { graph: made } = (await quantizeWeights.run(longNames, options, passContext())).model;
    const products = made!.nodes.filter(({ opType }) => opType === 'MatMulNBits');
    expect(products).toHaveLength(2);
    return new Set(products.map((product) => getAttributeInt(product, 'accuracy_level')));
  };

  it('is left to the runtime, which is best for the web, unless it is asked for', async () => {
    expect(await levelsOf({})).toEqual(new Set([undefined]));
    expect(await levelsOf({ accuracyLevel: '4' })).toEqual(new Set([4]));
  });
});

describe('kernels of ConvTranspose', () => {
  const decoder = model(
    graph({
      nodes: [
        node('ConvTranspose', ['x', 'w', 'b'], ['h'], { strides: [2n, 2n], pads: [1n, 0n, 0n, 1n] }, { name: 'first' }),
        node('Relu', ['h'], ['r']),
        node('ConvTranspose', ['r', 'v', 'c'], ['m'], { strides: [2n, 2n] }, { name: 'second' }),
        node('ConvTranspose', ['m', 'd'], ['y'], { group: 24n }, { name: 'depthwise' }),
      ],
      initializers: [
        weight('w', 12, 20, 3, 3),
        weight('b', 20),
        weight('v', 20, 24, 2, 2),
        weight('c', 24),
        weight('d', 24, 1, 4, 4),
      ],
      inputs: [valueInfo('x', [1, 12, 5, 6])],
      outputs: [valueInfo('y', null)],
    }),
  );
  const feeds = (seed: number): Feeds => {
    const random = createSeededRandom(seed);
    return {
      x: { dtype: 'float32', dims: [1, 12, 5, 6], data: Float32Array.from({ length: 360 }, () => random.next() - 0.4) },
    };
  };
  const data = {
    fingerprint: '',
    samples: 32,
    async *feeds() {
      for (let seed = 1; seed <= 32; seed += 1) yield feeds(seed);
    },
  };
  const inference = createInProcessInference();
  const answerOf = async (given: Model): Promise<Float32Array> => {
    expect(checkModel(given)).toEqual([]);
    return (await runOnce(inference, new AbortController().signal, given, feeds(99)))['y']!.data as Float32Array;
  };
  /** Decibels by which what the original answers stands over what differs. */
  async function sqnrOf(options: OptionValues): Promise<number> {
    const context = passContext({ inference, data });
    const { model: small, refusals } = await quantizeWeights.run(
      decoder,
      resolveOptions(quantizeWeights, options),
      context,
    );
    expect(refusals).toEqual([]);
    const [wanted, got] = [await answerOf(decoder), await answerOf(small)];
    const square = (values: Float32Array): number => values.reduce((sum, value) => sum + value ** 2, 0);
    return 10 * Math.log10(square(wanted) / square(wanted.map((value, at) => value - got[at]!)));
  }

  it.each([
    [{ bits: '8', blockSize: '0', method: 'rtn' }, 36],
    [{ bits: '8', blockSize: '16', method: 'mse', symmetric: true }, 36],
    [{ bits: '4', blockSize: '0', method: 'squant' }, 13],
    [{ bits: '4', blockSize: '32', method: 'rtn', form: 'dequantize' }, 13],
  ] as const)('mean the same: %j', async (options, decibels) => {
    expect(await sqnrOf(options)).toBeGreaterThan(decibels);
  });

  it('are rounded by the statistics of the data', async () => {
    const options = { bits: '4', blockSize: '32', keepEnds: false };
    const nearest = await sqnrOf({ ...options, method: 'rtn' });
    expect(await sqnrOf({ ...options, method: 'gptq' })).toBeGreaterThan(nearest + 1);
  });
});
