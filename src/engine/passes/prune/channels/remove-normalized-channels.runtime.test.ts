import { describe, expect, it } from 'vitest';
import { createSyntheticFeeds } from '../../../data/synthetic';
import { inspectInputs } from '../../../analysis/inspect';
import { checkModel } from '../../../onnx/check';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import { randomNetwork } from '../../../onnx/coupling/testing/random-network';
import { channelGroups } from '../../../onnx/coupling/channel-groups';
import { coupleChannels } from '../../../onnx/coupling/couple-channels';
import { keptPositions, removeChannels } from '../../../onnx/coupling/remove-channels';
import type { Model, Node, Tensor } from '../../../onnx/graph';
import { inferModel } from '../../../onnx/infer';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { createTensor } from '../../../onnx/tensor';
import { DataType } from '../../../onnx/data-type';
import { MICROSOFT_DOMAIN } from '../../../onnx/traverse';
import { withAverageShares } from './trial/averaged-statistics';
import { OutputTrial } from './trial/trial';
import { trialWeights, tunableNames } from './trial/trial-weights';
import { createSeededRandom } from '../../../seeded-random';
import { runModelInNode } from '../../../../runtime/testing/run-model';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { productOf } from '../../../product-of';

const [width, hidden, places, inputs] = [8, 6, 4, 5];
const whole = Array.from({ length: width }, (_, at) => at);
const go = () => Promise.resolve();

interface Form {
  readonly opset?: bigint;
  /** Normalizes `value` plus `skip` with these parameters, under the name `output`. */
  normalize(value: string, skip: string, parameters: readonly [string, string], output: string): readonly Node[];
}

const added = (value: string, skip: string, output: string): Node => node('Add', [value, skip], [`${output}_sum`]);

const behindSum = (opType: string, count: number, opset?: bigint): Form => ({
  opset,
  normalize: (value, skip, parameters, output) => [
    added(value, skip, output),
    node(opType, [`${output}_sum`, ...parameters.slice(0, count)], [output], { epsilon: 1e-3 }),
  ],
});

const fused = (opType: string, count: number): Form => ({
  normalize: (value, skip, parameters, output) => [
    node(
      opType,
      [value, skip, ...parameters.slice(0, count)],
      [output],
      { epsilon: 1e-3 },
      { domain: MICROSOFT_DOMAIN },
    ),
  ],
});

const forms: Readonly<Record<string, Form>> = {
  LayerNormalization: behindSum('LayerNormalization', 2),
  SimplifiedLayerNormalization: behindSum('SimplifiedLayerNormalization', 1),
  RMSNormalization: behindSum('RMSNormalization', 1, 23n),
  SkipLayerNormalization: fused('SkipLayerNormalization', 2),
  SkipSimplifiedLayerNormalization: fused('SkipSimplifiedLayerNormalization', 1),
  LpNormalization: {
    normalize: (value, skip, _, output) => [
      added(value, skip, output),
      node('LpNormalization', [`${output}_sum`], [output]),
    ],
  },
  'means and roots': {
    opset: 13n,
    normalize: (value, skip, [scale, bias], output) => [
      added(value, skip, output),
      node('ReduceMean', [`${output}_sum`], [`${output}_mean`], { axes: [-1n] }),
      node('Sub', [`${output}_sum`, `${output}_mean`], [`${output}_centred`]),
      node('Pow', [`${output}_centred`, 'two'], [`${output}_square`]),
      node('ReduceMean', [`${output}_square`], [`${output}_variance`], { axes: [-1n] }),
      node('Add', [`${output}_variance`, 'epsilon'], [`${output}_more`]),
      node('Sqrt', [`${output}_more`], [`${output}_root`]),
      node('Div', [`${output}_centred`, `${output}_root`], [`${output}_divided`]),
      node('Mul', [`${output}_divided`, scale], [`${output}_scaled`]),
      node('Add', [`${output}_scaled`, bias], [output]),
    ],
  },
};

/** Numbers of a tensor that has only some channels on its axes of so many: the others were never there. */
function weights(name: string, dims: readonly number[], channels: readonly number[]): Tensor {
  const random = createSeededRandom([...name].reduce((sum, letter) => 31 * sum + letter.charCodeAt(0), 7) % 2 ** 31);
  const full = Float32Array.from({ length: productOf(dims) }, () => random.next() - 0.5);
  const places_ = dims.map((size) => (size === width ? channels : Array.from({ length: size }, (_, at) => at)));
  let taken: readonly (readonly number[])[] = [[]];
  for (const own of places_) taken = taken.flatMap((before) => own.map((at) => [...before, at]));
  const values = taken.map((at) => full[at.reduce((offset, place, axis) => offset * dims[axis]! + place, 0)]!);
  return floatTensor(
    name,
    places_.map(({ length }) => length),
    values,
  );
}

/** A transformer's embedding, a block with normalizations behind its sums, and a head; as wide as there are channels. */
function transformer({ normalize, opset = 17n }: Form, channels: readonly number[]): Model {
  const [ids, table] = ['ids', 'table'];
  const initializers = [
    createTensor({ name: ids, dataType: DataType.int64, dims: [1, places], bytes: BigInt64Array.of(2n, 0n, 1n, 2n) }),
    weights(table, [3, width], channels),
    weights('positions', [1, places, width], channels),
    weights('project', [inputs, width], channels),
    weights('up', [width, hidden], channels),
    weights('down', [hidden, width], channels),
    weights('head', [width, 3], channels),
    ...['s1', 'b1', 's2', 'b2'].map((name) => weights(name, [width], channels)),
    floatTensor('two', [], [2]),
    floatTensor('epsilon', [], [1e-3]),
  ];
  const nodes = [
    node('Gather', [table, ids], ['words'], { axis: 0n }),
    node('Add', ['words', 'positions'], ['embedded']),
    node('MatMul', ['x', 'project'], ['projected'], {}, { name: 'project' }),
    ...normalize('projected', 'embedded', ['s1', 'b1'], 'first'),
    node('MatMul', ['first', 'up'], ['hidden'], {}, { name: 'up' }),
    node('Relu', ['hidden'], ['active']),
    node('MatMul', ['active', 'down'], ['told'], {}, { name: 'down' }),
    ...normalize('told', 'first', ['s2', 'b2'], 'second'),
    node('MatMul', ['second', 'head'], ['y'], {}, { name: 'head' }),
  ];
  const ports = { inputs: [valueInfo('x', [1, places, inputs])], outputs: [valueInfo('y', [1, places, 3])] };
  const read = new Set(nodes.flatMap((each) => each.inputs));
  const used = initializers.filter(({ name }) => read.has(name!));
  const opsetImports = [
    { domain: '', version: opset },
    { domain: MICROSOFT_DOMAIN, version: 1n },
  ];
  return model(graph({ nodes, initializers: used, ...ports }), { opsetImports, irVersion: 10n });
}

function widthOf(original: Model) {
  const coupled = coupleChannels(original, inferModel(original));
  const found = channelGroups(coupled);
  return { coupled, ...found, group: found.groups.find(({ isAveraged }) => isAveraged) };
}

async function outputOf(of: Model): Promise<Float32Array> {
  const feeds = createSyntheticFeeds(inspectInputs(of), {}, 3);
  return (await runModelInNode(joinParts(encodeModel(of)), feeds)).y!.data as Float32Array;
}

describe('channels that a normalization averages over', () => {
  it.each(Object.keys(forms))('leave a model that is narrower throughout: %s', async (name) => {
    const original = transformer(forms[name]!, whole);
    const { coupled, group } = widthOf(original);
    expect(group?.units).toHaveLength(width);
    const atoms = coupled.values.get('head')![0] as Int32Array;
    const removed = new Set([1, 4, 5].map((at) => coupled.space.classOf(atoms[at]!)));
    const narrow = await removeChannels(original, coupled, removed, go);
    expect(checkModel(narrow)).toEqual([]);
    const [found, expected] = [await outputOf(narrow), await outputOf(transformer(forms[name]!, [0, 2, 3, 6, 7]))];
    const largest = Math.max(...expected.map(Math.abs));
    found.forEach((value, at) => expect(Math.abs(value - expected[at]!) / largest).toBeLessThan(1e-5));
  });

  it('stay if a number beside the mean may stand for their count', () => {
    const written = forms['means and roots']!;
    const unbiased: Form = {
      ...written,
      normalize: (...given) =>
        written
          .normalize(...given)
          .flatMap((each) =>
            each.opType === 'Add' && each.inputs[1] === 'epsilon'
              ? [
                  node('Mul', [each.inputs[0]!, 'two'], [`${each.outputs[0]}_unbiased`]),
                  { ...each, inputs: [`${each.outputs[0]}_unbiased`, 'epsilon'] },
                ]
              : [each],
          ),
    };
    const { group, locked } = widthOf(transformer(unbiased, whole));
    expect(group).toBeUndefined();
    expect(locked.map(({ lock }) => lock.reason)).toContain('ReduceMean uses all of them together.');
  });

  it.each([31, 32, 33, 34, 35, 36])('are tried by the answers without them, block %i', async (block) => {
    for (let seed = 0; seed < 3; seed += 1) {
      const original = randomNetwork(seed, [0, block, block]);
      const coupled = coupleChannels(original, inferModel(original));
      const { groups, layers } = channelGroups(coupled);
      expect(groups.some(({ isAveraged }) => isAveraged)).toBe(true);
      const trialModel = withAverageShares(original, coupled, groups);
      const removed = new Set(groups.flatMap(({ units }) => units.filter((_, at) => at % 3 === 1)));
      const tunable = tunableNames(layers, []);
      const feeds = [0, 1, 2].map((sample) => createSyntheticFeeds(inspectInputs(original), {}, sample));
      const trial = await OutputTrial.open({
        signal: new AbortController().signal,
        inference: createInProcessInference(),
        original: trialModel.model,
        tunable: [...tunable, ...trialModel.shares.keys()],
        samples: { validation: feeds, test: [] },
      });
      const kept = keptPositions(coupled.space, removed);
      const given = { tunable, shares: trialModel.shares };
      const tried = await trial.divergenceWith(trialWeights({ coupled, layers }, given, kept, new Map()));
      const narrow = await trial.divergenceOf(await removeChannels(original, coupled, removed, go));
      trial.close();
      expect(narrow).toBeGreaterThan(1e-6);
      expect(Math.abs(tried - narrow) / narrow).toBeLessThan(1e-3);
    }
  });
});
