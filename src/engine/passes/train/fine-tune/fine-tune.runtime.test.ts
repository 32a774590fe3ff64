/** The pass `fine-tune` on a small net and made pictures. */
import { describe, expect, it } from 'vitest';
import type { Inference } from '../../../inference';
import { checkModel } from '../../../onnx/check';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import type { Model } from '../../../onnx/graph';
import { mapTensors } from '../../../onnx/map-tensors';
import { renameValues } from '../../../onnx/rename-values';
import { createTensor, readFloat32 } from '../../../onnx/tensor';
import { floatTensor, node, valueInfo } from '../../../onnx/testing/build';
import { resolveOptions } from '../../options';
import type { Observation, PassContext } from '../../pass';
import { passContext } from '../../testing/pass-context';
import { fineTune } from './fine-tune';
import { dataOf, original, pictures, side, weakened } from '../testing/small-net';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { runModelInNode } from '../../../../runtime/testing/run-model';

const damaged = mapTensors(original, (tensor) => {
  if (tensor.name !== 'filters' && tensor.name !== 'matrix') return tensor;
  const values = readFloat32(tensor).map((value) => (Math.abs(value) < 0.25 ? 0 : value));
  return createTensor({ name: tensor.name, dataType: 1, dims: tensor.dims, bytes: values });
});

/** The same with an input of another name, and a value inside that has the name of the student's. */
function asTeacher(model: Model, shape: readonly number[]): Model {
  const main = model.graph!;
  return {
    ...model,
    graph: {
      ...main,
      nodes: main.nodes.map((each) =>
        renameValues(
          each,
          new Map([
            ['image', 'pixels'],
            ['c', 'image'],
          ]),
        ),
      ),
      inputs: [valueInfo('pixels', ['N', ...shape])],
    },
  };
}

function withTwoClasses(model: Model): Model {
  const cut = mapTensors(model, (tensor) => {
    if (tensor.name !== 'matrix' && tensor.name !== 'bias') return tensor;
    const [rows = 0, ...rest] = tensor.dims.map(Number);
    const values = readFloat32(tensor);
    const kept = values.slice(0, (values.length / rows) * 2);
    return createTensor({ name: tensor.name, dataType: 1, dims: [2, ...rest], bytes: kept });
  });
  return { ...cut, graph: { ...cut.graph!, outputs: [valueInfo('scores', ['N', 2])] } };
}

/** The net with a layer normalization before its head, as transformers have them. */
function withLayerNormalization({ graph: main, ...rest }: Model): Model {
  const ones = Array<number>(64).fill(1);
  const nodes = main!.nodes.flatMap((each) =>
    each.name === 'head'
      ? [node('LayerNormalization', ['f', 'ones'], ['l']), { ...each, inputs: ['l', ...each.inputs.slice(1)] }]
      : [each],
  );
  const initializers = [...main!.initializers, floatTensor('ones', [64], ones)];
  return { ...rest, graph: { ...main!, nodes, initializers } };
}

const inference = createInProcessInference();
function tune(student: Model, options: Readonly<Record<string, unknown>>, given: Partial<PassContext> = {}) {
  const context = passContext({ original, inference, data: dataOf(pictures), ...given });
  return fineTune.run(student, resolveOptions(fineTune, { steps: 60, matchLayers: false, ...options }), context);
}

async function distance(each: Model): Promise<number> {
  const bytes = [original, each].map((one) => joinParts(encodeModel(one)));
  const image = { dtype: 'float32', dims: [64, 1, side, side], data: new Float32Array(64 * side * side) };
  pictures.forEach((feeds, index) => image.data.set(feeds['image']!.data as Float32Array, index * side * side));
  const [wanted, found] = [await runModelInNode(bytes[0]!, { image }), await runModelInNode(bytes[1]!, { image })];
  const expected = wanted['scores']!.data as Float32Array;
  return (found['scores']!.data as Float32Array).reduce(
    (sum, value, index) => sum + Math.abs(value - expected[index]!),
    0,
  );
}

describe('fine-tune', () => {
  it('brings a damaged model closer to the original, keeps its zeros, its operator set and its interface', async () => {
    const seen: Observation[] = [];
    const outcome = await tune(
      damaged,
      { learningRate: 0.02, augment: 'none', matchLayers: true },
      { observe: (each) => void seen.push(each) },
    );
    expect(outcome.refusals).toEqual([]);
    expect(outcome.sentence).toMatch(/^60 steps reduced the loss on held-out samples by \d\d %\.$/);
    expect(checkModel(outcome.model)).toEqual([]);
    expect(outcome.model.opsetImports).toEqual(original.opsetImports);
    expect(outcome.model.graph!.outputs).toEqual(original.graph!.outputs);
    expect(await distance(outcome.model)).toBeLessThan((await distance(damaged)) / 2);
    const [matrix, before] = [outcome.model, damaged].map(({ graph: main }) =>
      readFloat32(main!.initializers.find(({ name }) => name === 'matrix')!),
    );
    expect(matrix!.every((value, index) => before![index] !== 0 || value === 0)).toBe(true);
    expect(seen.filter(({ series }) => series === 'held out').map(({ x }) => x)).toEqual([0, 25, 50, 60]);
    expect(outcome.details).toMatchObject({
      loss: { kind: 'curve', series: [{ name: 'training' }, { name: 'held out' }] },
    });
  });

  it('makes the same bytes from the same seed, with all nodes named, beside one of them, or none', async () => {
    const runs = [await tune(damaged, { steps: 10 }), await tune(damaged, { steps: 10, train: ['all', 'head'] })];
    const [one, other] = runs.map(({ model: each }) => joinParts(encodeModel(each)));
    expect(one).toEqual(other);
  });

  it('trains the named nodes only', async () => {
    const outcome = await tune(damaged, { steps: 20, train: ['head', 'nowhere'] });
    expect(outcome.refusals.map(({ code, path }) => [code, path])).toEqual([['no-such-node', 'nowhere']]);
    expect(outcome.changes[0]?.what).toBe('195 weights trained');
  });

  it('learns from labels', async () => {
    const labeled = dataOf(pictures, (index) => ((pictures[index]!['image']!.data as Float32Array)[0]! > 0 ? 1 : 2));
    const outcome = await tune(damaged, { loss: 'both', steps: 40, learningRate: 0.01 }, { data: labeled });
    expect(outcome.changes).toHaveLength(1);
  });

  it.each([
    ['no-data', { data: undefined }, {}],
    ['no-runtime', { inference: undefined }, {}],
    ['no-labels', {}, { loss: 'labels' }],
    ['too-few-samples', { data: dataOf(pictures.slice(0, 15)) }, {}],
    ['labels-do-not-fit', { data: dataOf(pictures, (index) => index) }, { loss: 'labels' }],
  ] as const)('refuses with %s', async (code, given, options) => {
    const outcome = await tune(damaged, options, given);
    expect(outcome.refusals.map((each) => each.code)).toEqual([code]);
    expect(outcome.model).toBe(damaged);
  });

  it.each([
    ['the original itself', original, 0],
    ['a model that answers as the original', { ...original }, 1],
  ])('says before it trains that %s has nothing to learn', async (_what, student, sessions) => {
    let opened = 0;
    const counting: Inference = {
      ...inference,
      open(...given) {
        opened++;
        return inference.open(...given);
      },
    };
    const outcome = await tune(student, {}, { inference: counting });
    expect(outcome.refusals.map(({ code }) => code)).toEqual(['nothing-to-learn']);
    expect(outcome.model).toBe(student);
    expect(opened).toBe(sessions);
  });

  it('learns from another model, with any names of its values', async () => {
    const outcome = await tune(
      damaged,
      { steps: 25 },
      { original: damaged, teacher: asTeacher(original, [1, side, side]) },
    );
    expect(outcome.refusals).toEqual([]);
    expect(outcome.changes).toHaveLength(1);
  });

  it.each([
    [
      'teacher-does-not-fit',
      asTeacher(original, [3, side, side]),
      'The teacher needs [N, 3, 8, 8], but a sample is [1, 1, 8, 8]. Choose a teacher with the same input.',
    ],
    [
      'not-trainable',
      withTwoClasses(original),
      'No output of the teacher has the shape of an output of the model: the teacher has [2], the model [3].',
    ],
  ])('refuses another model with %s', async (code, teacher, reason) => {
    const outcome = await tune(damaged, {}, { teacher });
    expect(outcome.refusals).toEqual([expect.objectContaining({ code, reason })]);
    expect(outcome.model).toBe(damaged);
  });

  it.each([
    ['a network of convolutions', original, { optimizer: 'muon', learningRate: 4e-3 }],
    [
      'a network with layer normalization',
      withLayerNormalization(original),
      { optimizer: 'adamw', learningRate: 3e-4 },
    ],
  ])('chooses the optimizer and the learning rate that suit %s', async (_what, net, suited) => {
    const student = weakened(net);
    const shared = { steps: 3, matchLayers: true };
    const runs = [
      await tune(student, shared, { original: net }),
      await tune(student, { ...shared, ...suited }, { original: net }),
    ];
    expect(runs[0]!.changes).toHaveLength(1);
    const [chosen, named] = runs.map(({ model: each }) => joinParts(encodeModel(each)));
    expect(chosen).toEqual(named);
  });

  it('keeps the model if no step was better', async () => {
    const outcome = await tune(damaged, { steps: 5, learningRate: 1 });
    expect(outcome.refusals.map(({ code }) => code)).toEqual(['not-better']);
    expect(outcome.model).toBe(damaged);
  });

  it('ends with the signal’s reason at the next step', async () => {
    const abort = new AbortController();
    const progress: PassContext['progress'] = ({ stage, done }) => {
      if (stage === 'Training' && done === 3) abort.abort(new Error('enough'));
    };
    await expect(tune(damaged, {}, { signal: abort.signal, progress })).rejects.toThrow('enough');
  });
});
