import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { observeValues } from '../../../calibration/observe-values';
import { ChannelSums } from '../../../calibration/value-statistics';
import type { CalibrationData } from '../../../data/calibration-data';
import type { Feeds } from '../../../data/feeds';
import { checkModel } from '../../../onnx/check';
import type { Model } from '../../../onnx/graph';
import { mapTensors } from '../../../onnx/map-tensors';
import { readFloat32, withFloats } from '../../../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import type { Progress } from '../../../progress';
import { createSeededRandom } from '../../../seeded-random';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { quantizeStatic } from '../static/quantize-static';
import { correctBias } from './correct-bias';

const random = createSeededRandom(11);
const draw = (length: number): number[] => Array.from({ length }, () => random.next() - 0.4);
const inference = createInProcessInference();
const { signal } = new AbortController();

/** A convolution with a bias, one without, a product whose bias is an Add that is shared, one without any. */
const net = model(
  graph({
    nodes: [
      node('Conv', ['x', 'w1', 'b1'], ['c1'], { pads: [1n, 1n, 1n, 1n] }, { name: 'first' }),
      node('Relu', ['c1'], ['r1']),
      node('Conv', ['r1', 'w2'], ['c2'], {}, { name: 'second' }),
      node('Relu', ['c2'], ['r2']),
      node('Flatten', ['r2'], ['f']),
      node('MatMul', ['f', 'w3'], ['m3'], {}, { name: 'third' }),
      node('Add', ['m3', 'b3'], ['a3']),
      node('Relu', ['a3'], ['r3']),
      node('MatMul', ['r3', 'w4'], ['y'], {}, { name: 'last' }),
      node('Add', ['r3', 'b3'], ['z']),
    ],
    initializers: [
      ...[floatTensor('w1', [6, 2, 3, 3], draw(108)), floatTensor('b1', [6], draw(6))],
      ...[floatTensor('w2', [5, 6, 1, 1], draw(30)), floatTensor('w3', [80, 7], draw(560))],
      ...[floatTensor('b3', [7], draw(7)), floatTensor('w4', [7, 3], draw(21))],
    ],
    inputs: [valueInfo('x', [1, 2, 4, 4])],
    outputs: [valueInfo('y', [1, 3]), valueInfo('z', [1, 7])],
  }),
);
const isWeight = (name = ''): boolean => name.startsWith('w');
/** Its weights on a coarse grid that is off to one side, as zeros or few bits would leave them. */
const coarse = mapTensors(net, (tensor) =>
  isWeight(tensor.name)
    ? withFloats(
        tensor,
        readFloat32(tensor).map((value) => Math.floor(value * 4) / 4),
      )
    : tensor,
);

const feedsOf = (seed: number): Feeds => {
  const own = createSeededRandom(seed);
  return { x: { dtype: 'float32', dims: [1, 2, 4, 4], data: Float32Array.from({ length: 32 }, () => own.next()) } };
};
const data: CalibrationData = {
  fingerprint: '',
  samples: 16,
  async *feeds() {
    for (let seed = 100; seed < 116; seed += 1) yield feedsOf(seed);
  },
};
const correct = (made: Model, options = {}, context: Parameters<typeof passContext>[0] = {}) =>
  correctBias.run(
    made,
    resolveOptions(correctBias, options),
    passContext({ inference, data, original: net, ...context }),
  );

const layers = [
  ...([
    ['c1', 1],
    ['c2', 1],
  ] as const),
  ...([
    ['a3', -1],
    ['y', -1],
  ] as const),
];

/** The means of the channels of each layer over the samples that are not held out. */
async function meansOf(made: Model): Promise<ReadonlyMap<string, Float64Array>> {
  const sums = new Map<string, ChannelSums>(layers.map(([name, axis]) => [name, new ChannelSums(axis)]));
  await observeValues({
    ...{ signal, inference, model: made, samples: 16 },
    values: layers.map(([name]) => ({ name, estimatedBytes: 1000 })),
    feeds: () => data.feeds(),
    visit(name, tensor, sample) {
      if (sample % 4 !== 3) sums.get(name)!.add(tensor.data as Float32Array, tensor.dims);
    },
  });
  return new Map([...sums].map(([name, sum]) => [name, sum.means()]));
}

describe('correct-bias', () => {
  it('gives each layer the original’s means, by the biases alone', async () => {
    const reports: Progress[] = [];
    const outcome = await correct(coarse, {}, { progress: (progress) => reports.push(progress) });
    const { model: corrected, changes, refusals, sentence } = outcome;
    expect(checkModel(corrected)).toEqual([]);
    expect(refusals).toEqual([]);
    expect(changes.map(({ path }) => path)).toEqual(
      ['first', 'second', 'Add_6', 'last'].map((name) => `graph/${name}`),
    );
    expect(changes[0]!.what).toMatch(/^Bias shifted by up to \d\.\d+$/);
    expect(sentence).toMatch(/^Output SQNR goes from \d+\.\d to \d+\.\d dB on 4 held-out samples\.$/);
    const [wanted, before, after] = [await meansOf(net), await meansOf(coarse), await meansOf(corrected)];
    for (const [name, means] of wanted) {
      const off = (of: ReadonlyMap<string, Float64Array>): number =>
        Math.max(...means.map((mean, channel) => Math.abs(of.get(name)![channel]! - mean)));
      expect(off(before)).toBeGreaterThan(0.05);
      expect(off(after)).toBeLessThan(1e-5);
    }
    // The bias that is shared stays for its other reader; what had none has one now.
    const tensors = new Map(corrected.graph!.initializers.map((tensor) => [tensor.name, tensor]));
    for (const tensor of coarse.graph!.initializers)
      if (tensor.name !== 'b1') expect(tensors.get(tensor.name)).toBe(tensor);
    expect(tensors.size).toBe(net.graph!.initializers.length + 3);
    expect(corrected.graph!.nodes.map(({ opType }) => opType).filter((op) => op === 'Add')).toHaveLength(3);
    expect(corrected.graph!.outputs.map(({ name }) => name)).toEqual(['y', 'z']);
    expect(reports.at(-1)).toMatchObject({ stage: 'Correcting biases', done: 48, total: 48 });
    expect(inference.sessions.open).toBe(0);
  });

  it('leaves what has the name of a bias elsewhere, and a bias that the model gives out', async () => {
    const held = node('Constant', [], ['own'], { value: floatTensor('b1', [6], draw(6)) });
    const opsets = { attributes: [], opsetImports: [{ domain: '', version: 17n }] };
    const functions = [{ domain: 'test', name: 'F', inputs: [], outputs: ['own'], nodes: [held], ...opsets }];
    const { model: corrected, changes } = await correct({ ...coarse, functions });
    expect(changes).toHaveLength(4);
    expect(corrected.functions).toBe(functions);

    const outputs = [...coarse.graph!.outputs, valueInfo('b1', [6])];
    const given = await correct({ ...coarse, graph: { ...coarse.graph!, outputs } });
    const before = coarse.graph!.initializers.find(({ name }) => name === 'b1');
    expect(given.model.graph!.initializers.find(({ name }) => name === 'b1')).toBe(before);
  });

  it('tells what came of it by samples that did not choose it either', async () => {
    const more = {
      ...data,
      samples: 64,
      async *feeds() {
        for (let seed = 100; seed < 164; seed += 1) yield feedsOf(seed);
      },
    };
    const { sentence } = await correct(coarse, {}, { data: more });
    expect(sentence).toMatch(/ on 4 held-out samples\.$/);
  });

  it('leaves out what is named, and layers of other widths', async () => {
    const { changes, refusals } = await correct(coarse, { exclude: ['second', 'nobody'] });
    expect(changes.map(({ path }) => path)).not.toContain('graph/second');
    expect(refusals.map(({ path, code }) => `${path} ${code}`)).toEqual(['nobody no-such-node']);

    const wider = mapTensors(net, (tensor) => (tensor.name === 'w4' ? floatTensor('w4', [7, 4], draw(28)) : tensor));
    const other = { ...wider, graph: { ...wider.graph!, outputs: [valueInfo('y', [1, 4]), valueInfo('z', [1, 7])] } };
    const { refusals: narrower } = await correct(coarse, {}, { original: other });
    expect(narrower.map(({ path, code }) => `${path} ${code}`)).toContain('graph/last other-channels');
  });

  it('says why it leaves a model alone', async () => {
    const reasonsOf = async (made: Model, context = {}, options = {}): Promise<readonly string[]> => {
      const { model: same, changes, refusals } = await correct(made, options, context);
      expect(same).toBe(made);
      expect(changes).toEqual([]);
      return refusals.map(({ code }) => code);
    };
    expect(await reasonsOf(coarse, { data: undefined })).toEqual(['no-data']);
    expect(await reasonsOf(coarse, { inference: undefined })).toEqual(['no-runtime']);
    expect(await reasonsOf(coarse, { original: model(graph({ nodes: [], inputs: [], outputs: [] })) })).toEqual([
      'no-layers',
    ]);
    const { refusals } = await correct(net);
    expect(refusals.at(-1)).toMatchObject({
      code: 'does-not-help',
      reason: "The model's outputs already equal the original's. Nothing was changed.",
    });
    const odd = {
      ...data,
      feeds: async function* () {
        yield { x: { ...feedsOf(1)['x']!, dims: [1, 4, 2, 4] } };
      },
    };
    expect(await reasonsOf(coarse, { data: odd })).toEqual(['data-does-not-fit']);
    const context = passContext({ inference, data, original: net });
    const { model: integers } = await quantizeStatic.run(net, resolveOptions(quantizeStatic, {}), context);
    expect(await reasonsOf(integers)).toEqual(['integer-bias', 'integer-bias', 'does-not-help']);
  });

  it('ends when it is cancelled, and has no place after static quantization', async () => {
    const controller = new AbortController();
    const cancelled = correct(
      coarse,
      {},
      { signal: controller.signal, progress: ({ stage }) => stage === 'Correcting biases' && controller.abort() },
    );
    await expect(cancelled).rejects.toThrow(/abort/i);
    const problem = (...earlier: readonly string[]): string | undefined =>
      correctBias.orderProblem!(
        earlier.map((pass) => ({ pass, options: {} })),
        {},
      );
    expect(problem()).toBeUndefined();
    expect(problem('simplify', 'quantize-static')).toContain('Remove correct-bias');
    expect(problem('prune-weights')).toBeUndefined();
    const plain = [{ pass: 'quantize-static', options: { biasCorrection: false } }];
    expect(correctBias.orderProblem!(plain, {})).toBeUndefined();
  });
});
