import { expect, it } from 'vitest';
import type { SampleFeeder } from '../../engine/data/mapping/fed-sample';
import { floatTensor, graph, node, valueInfo } from '../../engine/onnx/testing/build';
import { ModelScorers } from './model-scorers';
import {
  classified,
  dataOf,
  evaluateHere as evaluate,
  filesOf,
  labels,
  labelValue,
  linear,
  samples,
  tensor,
  x,
} from './testing/made-evaluation';

/** y = the first of three features, plus an offset. */
function firstFeature(offset = 0) {
  return filesOf(
    graph({
      nodes: [node('MatMul', ['x', 'w'], ['product']), node('Add', ['product', 'b'], ['y'])],
      initializers: [floatTensor('w', [3, 1], [1, 0, 0]), floatTensor('b', [1], [offset])],
      inputs: [valueInfo('x', ['N', 3])],
      outputs: [valueInfo('y', ['N', 1])],
    }),
  );
}

/** Logits of a model that is always right. The first seventy look like probabilities, and half of them would be wrong at 0.5. */
const logits = dataOf({
  fields: [x, labels],
  valuesOf(index) {
    const logit = index < 70 ? (index % 2 === 0 ? 0.3 : 0.8) : index % 2 === 0 ? -4 : 4;
    return { x: tensor(Float32Array.of(logit, 0, 0), [3]), labels: labelValue(logit > 0 ? 1 : 0) };
  },
});
const models = [
  { id: 'original', files: firstFeature() },
  { id: 'lower', files: firstFeature(-0.5) },
];

it.each([1, 7, 64, undefined])('scores logits alike in batches of %s', async (batch) => {
  const [original, lower] = await evaluate({ models, dataset: logits, batch });
  expect(original?.accuracy).toMatchObject({
    task: { kind: 'binary', output: 'y', threshold: 0 },
    metrics: { accuracy: { value: 1 }, precision: { value: 1 }, recall: { value: 1 } },
  });
  expect(lower?.accuracy?.task).toEqual(original?.accuracy?.task);
  expect(lower?.difference).toMatchObject({ metric: 'accuracy', onlyOriginal: 35, onlyVariant: 0 });
});

it('scores a variant by the threshold of the original, for any scores of its own', async () => {
  const probabilities = dataOf({
    fields: [x, labels],
    valuesOf: (index) => ({ x: tensor(Float32Array.of((index % 2) * 0.9, 0, 0), [3]), labels: labelValue(index % 2) }),
  });
  const variants = [models[0]!, { id: 'below zero', files: firstFeature(-0.2) }];
  const [original, variant] = await evaluate({ models: variants, dataset: probabilities });
  expect(original?.accuracy?.task).toMatchObject({ threshold: 0.5 });
  expect(variant?.accuracy?.task).toMatchObject({ threshold: 0.5 });
  expect(variant).toMatchObject({ samples, difference: { value: 0 } });
});

it('refuses an order of more classes than the output has, and warns of one with fewer', async () => {
  const model = [{ id: 'original', files: linear('N') }];
  const accuracyWith = async (classes: readonly string[]) => {
    const ordered = { inputs: { x: { array: 'x' } }, labels: { array: 'labels', classes } };
    const [result] = await evaluate({ models: model, mapping: ordered });
    return result!.accuracy;
  };
  await expect(accuracyWith(['0', '1', '2', '3'])).rejects.toMatchObject({ code: 'mapping/classes' });
  expect((await accuracyWith(['0', '1']))?.warnings?.[0]).toMatchObject({ code: 'class-names' });
  expect((await accuracyWith(['0', '1', '2']))?.warnings).toBeUndefined();
});

it('warns of samples that are there to train with', async () => {
  const made = { id: 'original', files: linear('N') };
  const dataset = { ...classified, description: { ...classified.description, part: 'train' } };
  const [trained] = await evaluate({ models: [made], dataset });
  expect(trained?.accuracy?.warnings).toMatchObject([{ code: 'training-data' }]);
  const [other] = await evaluate({ models: [made] });
  expect(other?.accuracy?.warnings).toBeUndefined();
});

it('keeps a threshold that was given', async () => {
  const task = { kind: 'binary', output: 'y', threshold: 0.5 } as const;
  const mapping = { inputs: { x: { array: 'x' } }, labels: { array: 'labels' }, task };
  const [original] = await evaluate({ models: models.slice(0, 1), dataset: logits, mapping });
  expect(original?.accuracy).toMatchObject({ task, metrics: { accuracy: { value: (samples - 35) / samples } } });
});

it('scores a model without an axis of samples', async () => {
  const identity = graph({
    nodes: [node('Identity', ['x'], ['y'])],
    inputs: [valueInfo('x', [3])],
    outputs: [valueInfo('y', [3])],
  });
  const dataset = dataOf({
    fields: [x, labels],
    valuesOf: (index) => ({
      x: tensor(
        Float32Array.from({ length: 3 }, (_, at) => Number(at === index % 3)),
        [3],
      ),
      labels: labelValue(index % 3),
    }),
  });
  const [result] = await evaluate({ models: [{ id: 'original', files: filesOf(identity) }], dataset });
  expect(result?.accuracy).toMatchObject({ task: { kind: 'classification' }, metrics: { top1: { value: 1 } } });
});

it('names the output that boxes are read from', () => {
  const row = (...values: number[]) => ({
    dtype: 'float32',
    dims: [1, values.length],
    data: Float32Array.from(values),
  });
  const boxes = { name: 'boxes', kind: 'boxes', dtype: 'float64', shape: [null, 6] } as const;
  const { task } = new ModelScorers({
    mapping: { inputs: {}, labels: { array: 'boxes' }, task: { kind: 'detection', output: 'logits' } },
    labels: null,
    capacity: 1,
    feeder: {} as SampleFeeder,
    outputs: { box: row(0.1, 0.2, 0.5, 0.6), logits: row(0.1, -2, 3) },
    data: { name: 'data', format: 'pictures', samples: 1, sizeBytes: 1, fields: [boxes], notes: [] },
  });
  expect(task).toEqual({ kind: 'detection', output: 'box' });
});
