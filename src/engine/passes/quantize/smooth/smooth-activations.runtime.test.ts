import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import type { CalibrationData } from '../../../data/calibration-data';
import type { Feeds } from '../../../data/feeds';
import { runOnce } from '../../../inference';
import { checkModel } from '../../../onnx/check';
import type { Model } from '../../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { createSeededRandom } from '../../../seeded-random';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { quantizeStatic } from '../static/quantize-static';
import { quantizeWeights } from '../weights/quantize-weights';
import { smoothActivations } from './smooth-activations';

const random = createSeededRandom(7);
const draw = (length: number): number[] => Array.from({ length }, () => random.next() - 0.5);
const inference = createInProcessInference();
const { signal } = new AbortController();

const isLoud = (channel: number): boolean => channel === 3 || channel === 9;

/** A normalization of which two channels are a hundred times as loud, and hardly count; what a Relu leaves, before a third product. */
const scale = draw(16).map((value, channel) => (isLoud(channel) ? 100 : 1) * (value + 1));
const weights = (channelOf: (at: number) => number): number[] =>
  draw(16 * 24).map((value, at) => (isLoud(channelOf(at)) ? value / 100 : value));
const net = model(
  graph({
    nodes: [
      node('LayerNormalization', ['x', 'scale', 'bias'], ['n']),
      node('MatMul', ['n', 'w'], ['q'], {}, { name: 'query' }),
      node('Gemm', ['n', 'v', 'c'], ['k'], { transB: 1n }, { name: 'key' }),
      node('Add', ['q', 'k'], ['a']),
      node('Relu', ['a'], ['r']),
      node('MatMul', ['r', 'u'], ['y'], {}, { name: 'last' }),
    ],
    initializers: [
      ...[floatTensor('scale', [16], scale), floatTensor('bias', [16], draw(16))],
      ...[
        floatTensor(
          'w',
          [16, 24],
          weights((at) => Math.floor(at / 24)),
        ),
        floatTensor(
          'v',
          [24, 16],
          weights((at) => at % 16),
        ),
      ],
      ...[floatTensor('c', [24], draw(24)), floatTensor('u', [24, 8], draw(24 * 8))],
    ],
    inputs: [valueInfo('x', [5, 16])],
    outputs: [valueInfo('y', [5, 8])],
  }),
);

const feedsOf = (seed: number): Feeds => {
  const own = createSeededRandom(seed);
  return { x: { dtype: 'float32', dims: [5, 16], data: Float32Array.from({ length: 80 }, () => own.next() - 0.5) } };
};
const data: CalibrationData = {
  fingerprint: '',
  samples: 16,
  async *feeds() {
    for (let seed = 100; seed < 116; seed += 1) yield feedsOf(seed);
  },
};
const smooth = (given: Model, options = {}, context = { inference, data }) =>
  smoothActivations.run(given, resolveOptions(smoothActivations, options), passContext(context));
const outputOf = async (given: Model, seed: number): Promise<Float32Array> =>
  (await runOnce(inference, signal, given, feedsOf(seed)))['y']!.data as Float32Array;

/** Error of static int8 as a share of the signal, on samples that nothing has seen. */
async function lossOf(given: Model): Promise<number> {
  const context = passContext({ inference, data });
  return errorOf((await quantizeStatic.run(given, resolveOptions(quantizeStatic, {}), context)).model);
}

async function errorOf(small: Model): Promise<number> {
  let [noise, total] = [0, 0];
  for (let seed = 1; seed <= 6; seed += 1) {
    const [wanted, got] = [await outputOf(net, seed), await outputOf(small, seed)];
    wanted.forEach((value, at) => ((noise += (value - got[at]!) ** 2), (total += value ** 2)));
  }
  return noise / total;
}

describe('smooth-activations', () => {
  it('folds factors into a normalization, computes the same, and loses less to integers', async () => {
    const { model: even, changes, refusals, details } = await smooth(net);
    expect(checkModel(even)).toEqual([]);
    expect(even.graph!.nodes).toHaveLength(net.graph!.nodes.length);
    expect(changes.map(({ path, what }) => `${path} ${what}`)).toEqual([
      expect.stringMatching(/^graph\/query “n” smoothed with strength 0\.\d+, in the constants before it$/),
    ]);
    expect(refusals.map(({ path, code }) => `${path} ${code}`)).toEqual(['graph/last does-not-help']);
    expect(details!['smoothed']).toMatchObject({ rows: [['n'], ['r']].map((row) => expect.arrayContaining(row)) });
    const [before, after] = [await outputOf(net, 1), await outputOf(even, 1)];
    const largest = Math.max(...before.map(Math.abs));
    before.forEach((value, at) => expect(Math.abs(after[at]! - value)).toBeLessThanOrEqual(1e-5 * largest));
    expect(await lossOf(even)).toBeLessThan((await lossOf(net)) / 2);
    expect(inference.sessions.open).toBe(0);
  });

  it('inserts a Mul where others read the value too, and it is worth it', async () => {
    const shared = { ...net, graph: { ...net.graph!, outputs: [...net.graph!.outputs, valueInfo('n', [5, 16])] } };
    const { model: even, changes } = await smooth(shared);
    expect(checkModel(even)).toEqual([]);
    expect(changes[0]!.what).toContain('by a Mul before it');
    expect(even.graph!.nodes.filter(({ opType }) => opType === 'Mul')).toHaveLength(1);
    const [before, after] = [await outputOf(shared, 2), await outputOf(even, 2)];
    const largest = Math.max(...before.map(Math.abs));
    before.forEach((value, at) => expect(Math.abs(after[at]! - value)).toBeLessThanOrEqual(1e-5 * largest));
    const { model: old } = await smooth({ ...shared, irVersion: 3n });
    // An initializer would have to be an input there.
    expect(old.graph!.initializers).toHaveLength(net.graph!.initializers.length);
    expect(await outputOf(old, 2)).toEqual(after);
  });

  it('says why it leaves a model alone', async () => {
    const codesOf = async (outcome: ReturnType<typeof smooth>): Promise<readonly string[]> => {
      const { model: same, refusals } = await outcome;
      expect(same).toBe(net);
      return refusals.map(({ code }) => code);
    };
    const run = (context: Parameters<typeof passContext>[0], options = {}) =>
      smoothActivations.run(net, resolveOptions(smoothActivations, options), passContext(context));
    expect(await codesOf(run({ inference }))).toEqual(['no-data']);
    expect(await codesOf(run({ data }))).toEqual(['no-runtime']);
    const exclude = ['query', 'key', 'last', 'nobody'];
    expect(await codesOf(run({ data, inference }, { exclude }))).toEqual(['no-such-node', 'no-products']);
    const odd = {
      ...data,
      feeds: async function* () {
        yield { x: { ...feedsOf(1)['x']!, dims: [16, 5] } };
      },
    };
    expect(await codesOf(run({ data: odd, inference }))).toEqual(['data-does-not-fit']);
  });

  it('rounds weights finer that are multiplied with much', async () => {
    const { model: even, changes } = await smooth(net, { before: 'weights' });
    expect(changes.map(({ path }) => path)).toContain('graph/query');
    const [wanted, got] = [await outputOf(net, 1), await outputOf(even, 1)];
    wanted.forEach((value, at) => expect(got[at]).toBeCloseTo(value, 3));
    const rounded = (given: Model) =>
      quantizeWeights.run(given, resolveOptions(quantizeWeights, { method: 'rtn' }), passContext({}));
    expect(await errorOf((await rounded(even)).model)).toBeLessThan((await errorOf((await rounded(net)).model)) / 2);
  });

  it('is done by quantize-weights itself with the method awq, which without data does what suits each layer', async () => {
    const byAwq = (context: Parameters<typeof passContext>[0]) =>
      quantizeWeights.run(net, resolveOptions(quantizeWeights, { method: 'awq' }), passContext(context));
    const made = await byAwq({ data, inference });
    expect(checkModel(made.model)).toEqual([]);
    expect(made.sentence).toBe('2 of 2 product inputs were smoothed before rounding.');
    expect(made.changes.map(({ what }) => what)).toContainEqual(expect.stringContaining('smoothed with strength'));
    expect(made.details!['smoothed']).toMatchObject({ title: 'Smoothed values' });
    const nearest = await quantizeWeights.run(net, resolveOptions(quantizeWeights, { method: 'mse' }), passContext({}));
    expect(await errorOf(made.model)).toBeLessThan((await errorOf(nearest.model)) / 2);
    const without = await byAwq({ inference });
    expect(without.sentence).toContain('since there is no calibration data');
    expect(without.changes.length).toBeGreaterThan(0);
  });

  it('tells how layers that are no products went with the method awq', async () => {
    const pictures = model(
      graph({
        nodes: [
          node('Relu', ['x'], ['r']),
          node('Conv', ['r', 'f'], ['c'], {}, { name: 'conv' }),
          node('Flatten', ['c'], ['z']),
          node('MatMul', ['z', 'u'], ['y'], {}, { name: 'last' }),
        ],
        initializers: [floatTensor('f', [16, 4, 3, 3], draw(16 * 36)), floatTensor('u', [64, 32], draw(64 * 32))],
        inputs: [valueInfo('x', [1, 4, 4, 4])],
        outputs: [valueInfo('y', [1, 32])],
      }),
    );
    const feeds = async function* (): AsyncGenerator<Feeds> {
      for (let at = 0; at < 16; at += 1) {
        yield { x: { dtype: 'float32', dims: [1, 4, 4, 4], data: Float32Array.from(draw(64)) } };
      }
    };
    const context = passContext({ data: { ...data, feeds }, inference });
    const made = await quantizeWeights.run(pictures, resolveOptions(quantizeWeights, { method: 'awq' }), context);
    expect(made.sentence).toContain('1 layer of other kinds used the data-free method (SQuant)');
  });
});
