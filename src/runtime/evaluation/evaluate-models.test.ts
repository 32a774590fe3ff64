/** Evaluations with real sessions, of models built here, on data made here. */
import { describe, expect, it } from 'vitest';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import type { Progress } from '../../engine/progress';
import { DataType } from '../../engine/onnx/data-type';
import { createTensor } from '../../engine/onnx/tensor';
import { graph, node, valueInfo } from '../../engine/onnx/testing/build';

import {
  samples,
  features,
  tensor,
  labelValue,
  dataOf,
  x,
  labels,
  mapping,
  filesOf,
  linear,
  evaluateHere as evaluate,
} from './testing/made-evaluation';

describe('labeled samples', () => {
  it('that say “not labeled” with −1 are skipped, and the others evaluated', async () => {
    const dataset = dataOf({
      fields: [x, labels],
      valuesOf: (index) => ({ x: tensor(features(index), [3]), labels: labelValue(index % 5 === 0 ? -1 : index % 3) }),
    });
    const [result] = await evaluate({ dataset, models: [{ id: 'original', files: linear('N') }] });
    expect(result).toMatchObject({ samples: samples * 0.8, skipped: samples * 0.2 });
    expect(result?.accuracy?.task.kind).toBe('classification');
    expect(result?.skippedSamples[0]?.reason).toMatch(/label -1 is not a class number/);
  });

  it('with labels that fit no output report that, if there is nothing to compare with either', async () => {
    const labeled = { ...labels, shape: [2], dtype: 'float32' };
    const dataset = dataOf({
      fields: [x, labeled],
      valuesOf: (index) => ({ x: tensor(features(index), [3]), labels: tensor(Float32Array.of(0.5, index), [2]) }),
    });
    const models = [{ id: 'original', files: linear('N') }];
    await expect(evaluate({ dataset, models })).rejects.toMatchObject({
      code: 'evaluate/nothing',
      message: expect.stringContaining('"y" (float32 [1, 3])'),
    });
  });

  it('are of no use to one model alone whose outputs are only to be matched', async () => {
    const models = [{ id: 'original', files: linear('N') }];
    await expect(evaluate({ models, mapping: { ...mapping, task: { kind: 'match' } } })).rejects.toMatchObject({
      code: 'evaluate/nothing',
      message: expect.stringContaining('The task is to match outputs'),
    });
  });

  it('are evaluated by the form of the outputs, and two models are compared on them', async () => {
    const seen: Progress[] = [];
    const [original, variant] = await evaluate(
      {
        models: [
          { id: 'original', files: linear('N') },
          { id: 'shifted', files: linear('N', 1) },
        ],
      },
      { onProgress: (progress) => seen.push(progress) },
    );
    expect(original).toMatchObject({ variant: 'original', ep: 'wasm', samples, skipped: 0, batch: 64 });
    expect(original?.accuracy?.task).toEqual({ kind: 'classification', output: 'y' });
    expect(original?.accuracy?.metrics.top1?.value).toBe(0.9);
    expect(original?.accuracy?.classes?.confusion.flat().reduce((sum, count) => sum + count)).toBe(samples);
    expect(original?.outputMatch).toBeUndefined();
    expect(original!.runMs).toBeGreaterThan(0);
    expect(original!.ms).toBeGreaterThan(original!.runMs);
    expect(variant?.accuracy?.metrics.top1?.value).toBe(0);
    expect(variant?.difference).toMatchObject({ metric: 'top1', value: -0.9, onlyOriginal: 135, onlyVariant: 0 });
    expect(variant?.outputMatch).toMatchObject({ samples, inputs: 'data', valid: false });
    expect(variant?.outputMatch?.perOutput[0]?.agreement?.value).toBe(0);
    const done = seen.map((progress) => progress.done);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toMatchObject({ done: 2 * samples, total: 2 * samples });
  });

  it('are not compared by labels that contradict the original', async () => {
    const models = [1, undefined].map((shift) => ({ id: `shifted by ${shift}`, files: linear('N', shift) }));
    const [original, variant] = await evaluate({ models });
    expect(original?.accuracy?.warnings).toMatchObject([{ code: 'class-order' }]);
    expect(variant?.accuracy?.metrics.top1?.value).toBe(0.9);
    expect(variant).not.toHaveProperty('difference');
    expect(variant?.outputMatch).toMatchObject({ samples });
  });

  it.each([
    ['a free batch, one at a time', 'N', 1, 1],
    ['a free batch of seven', 'N', 7, 7],
    ['a batch that is fixed to one', 1, undefined, 1],
    ['a batch that is fixed to four: the last is padded', 4, undefined, 4],
  ] as const)('come out alike with %s', async (_, dimension, batch, used) => {
    const [result] = await evaluate({ models: [{ id: 'original', files: linear(dimension) }], batch });
    expect(result?.accuracy?.metrics.top1?.value).toBe(0.9);
    expect(result).toMatchObject({ samples, batch: used });
  });

  it('are compared between a free and a fixed batch', async () => {
    const models = ['N', 1, 4].map((batch) => ({ id: `batch ${batch}`, files: linear(batch) }));
    const [, ...variants] = await evaluate({ models });
    for (const variant of variants) {
      expect(variant.outputMatch).toMatchObject({ identical: true, samples });
      expect(variant.difference).toMatchObject({ value: 0 });
    }
  });

  it('are counted if unreadable, unfit or without usable label, and the others continue', async () => {
    const dataset = dataOf({
      fields: [{ ...x, shape: [null] }, labels],
      valuesOf(index) {
        if (index === 0 || index === 7) return 'The row ends early.';
        const data = index === 11 ? new Float32Array(4) : features(index);
        return { x: tensor(data, [data.length]), labels: labelValue(index === 20 ? 3 : index % 3) };
      },
    });
    const [result] = await evaluate({ models: [{ id: 'original', files: linear('N') }], dataset });
    expect(result).toMatchObject({ samples: samples - 4, skipped: 4 });
    expect(result?.skippedSamples).toEqual([
      { place: 'row 0 of made.npz', reason: 'The row ends early.' },
      { place: 'row 7 of made.npz', reason: 'The row ends early.' },
      { place: 'sample 11 of made.npz', reason: expect.stringContaining('does not fit input "x"') as string },
      { place: 'sample 20 of made.npz', reason: expect.stringContaining('3 classes, 0 to 2') as string },
    ]);
  });

  it('are refused when all are set aside', async () => {
    const models = [{ id: 'original', files: linear('N') }];
    await expect(evaluate({ models, indices: [] })).rejects.toThrow(
      'No sample of made.npz is left to evaluate: all 150 are held out.',
    );
  });

  it('are refused when none can be used, or the mapping does not fit', async () => {
    const dataset = dataOf({ fields: [x, labels], valuesOf: () => 'The row ends early.' });
    const models = [{ id: 'original', files: linear('N') }];
    await expect(evaluate({ models, dataset })).rejects.toThrow(
      'None of the 150 samples of made.npz can be used. The first: row 0 of made.npz: The row ends early.',
    );
    const other: DataMapping = { ...mapping, inputs: { x: { array: 'pixels' } } };
    await expect(evaluate({ models, mapping: other })).rejects.toThrow('no field "pixels"');
    const task = { kind: 'classification', output: 'y' } as const;
    await expect(evaluate({ models, mapping: { ...mapping, labels: null, task } })).rejects.toThrow('needs labels');
    const missing: DataMapping = { ...mapping, task: { ...task, output: 'scores' } };
    await expect(evaluate({ models, mapping: missing })).rejects.toThrow('no output "scores"');
  });
});

describe('other tasks', () => {
  /** y = the sum of x, plus an offset. */
  const sum = (offset = 0) =>
    filesOf(
      graph({
        nodes: [node('MatMul', ['x', 'w'], ['sum']), node('Add', ['sum', 'b'], ['y'])],
        initializers: [
          createTensor({ name: 'w', dataType: DataType.float32, dims: [3, 1], bytes: Float32Array.of(1, 1, 1) }),
          createTensor({ name: 'b', dataType: DataType.float32, dims: [1], bytes: Float32Array.of(offset) }),
        ],
        inputs: [valueInfo('x', ['N', 3])],
        outputs: [valueInfo('y', ['N', 1])],
      }),
    );
  const withLabels = (dtype: 'float32' | 'int64', labelOf: (index: number) => number) =>
    dataOf({
      fields: [x, { ...labels, dtype }],
      valuesOf: (index) => ({
        x: tensor(new Float32Array(3).fill(index % 7), [3]),
        labels: dtype === 'int64' ? labelValue(labelOf(index)) : tensor(Float32Array.of(labelOf(index)), []),
      }),
    });
  const models = [
    { id: 'original', files: sum() },
    { id: 'half more', files: sum(0.5) },
  ];

  it('is regression if labels are floats', async () => {
    const dataset = withLabels('float32', (index) => 3 * (index % 7) + (index % 2 === 0 ? 1 : -1));
    const [original, variant] = await evaluate({ models, dataset });
    expect(original?.accuracy?.task).toEqual({ kind: 'regression', output: 'y' });
    expect(original?.accuracy?.metrics).toMatchObject({ mae: { value: 1, interval: [1, 1] }, rmse: { value: 1 } });
    // Errors of 0.5 and 1.5 in turn: the same mean.
    expect(variant?.accuracy?.metrics).toMatchObject({ mae: { value: 1 }, rmse: { value: Math.sqrt(1.25) } });
    expect(variant?.difference).toMatchObject({ metric: 'mae', value: 0 });
    expect(original!.accuracy!.metrics.r2!.value).toBeGreaterThan(0.9);
  });

  it('is yes or no for labels 0 and 1 with one output number, and threshold 0 for logits', async () => {
    const dataset = withLabels('int64', (index) => (index % 7 > 2 ? 1 : 0));
    const logits = [
      { id: 'original', files: sum(-7.5) },
      { id: 'stricter', files: sum(-10.5) },
    ];
    const [original, stricter] = await evaluate({ models: logits, dataset });
    expect(original?.accuracy?.task).toEqual({ kind: 'binary', output: 'y', threshold: 0 });
    expect(original?.accuracy?.metrics).toMatchObject({ accuracy: { value: 1 }, f1: { value: 1 } });
    // It misses the threes: every seventh of 150 samples, beginning with the fourth.
    expect(stricter?.difference).toMatchObject({ metric: 'accuracy', onlyOriginal: 21, onlyVariant: 0 });
    expect(stricter?.accuracy?.metrics.precision?.value).toBe(1);
    expect(stricter?.accuracy?.classes?.confusion[1]?.[0]).toBe(21);
  });
});

describe('samples without labels', () => {
  const unlabeled: DataMapping = { ...mapping, labels: null };

  it('compare outputs', async () => {
    const models = [
      { id: 'original', files: linear('N') },
      { id: 'same', files: linear('N') },
    ];
    const [original, same] = await evaluate({ models, mapping: unlabeled });
    expect(original).toMatchObject({ accuracy: null, samples });
    expect(same).toMatchObject({ accuracy: null, samples, outputMatch: { identical: true, samples } });
    expect(same?.difference).toBeUndefined();
  });

  it('cannot evaluate one model alone', async () => {
    const models = [{ id: 'original', files: linear('N') }];
    await expect(evaluate({ models, mapping: unlabeled })).rejects.toThrow('one model alone cannot be evaluated');
  });
});

describe('a model that fails', () => {
  const oneAtATime = filesOf(
    graph({
      nodes: [node('Reshape', ['x', 'shape'], ['y'])],
      initializers: [
        createTensor({ name: 'shape', dataType: DataType.int64, dims: [2], bytes: BigInt64Array.of(1n, 3n) }),
      ],
      inputs: [valueInfo('x', ['N', 3])],
      outputs: [valueInfo('y', [1, 3])],
    }),
  );
  const broken = { model: new Blob(['nonsense']), name: 'broken.onnx', externalData: [] };

  it('ends the evaluation when it is the original', async () => {
    await expect(evaluate({ models: [{ id: 'original', files: broken }] })).rejects.toThrow(
      /^broken\.onnx failed to run on WASM/,
    );
  });

  it('is omitted if it is a variant that does not open, takes other inputs or fails', async () => {
    const models = [
      { id: 'original', files: linear('N') },
      { id: 'broken', files: broken },
      { id: 'other input', files: linear('N', 0, 'z') },
      { id: 'one at a time', files: oneAtATime },
      { id: 'fine', files: linear('N') },
    ];
    const [original, first, second, third, fine] = await evaluate({ models });
    expect(third?.failure).toMatch(/“one at a time” failed to run on WASM/);
    expect(first?.failure).toMatch(/“broken” failed to run on WASM/);
    expect(second?.failure).toMatch(/“other input” failed to run on WASM/);
    expect(original?.accuracy?.metrics.top1?.value).toBe(0.9);
    expect(fine?.outputMatch?.identical).toBe(true);
  });
});

describe('a recurrent model', () => {
  /** Adds x to the state at each step, and gives the sum scaled by a constant side input. */
  const recurrent = filesOf(
    graph({
      nodes: [node('Add', ['x', 'state'], ['next']), node('Mul', ['next', 'rate'], ['y'])],
      inputs: [valueInfo('x', ['N', 3]), valueInfo('state', ['N', 3]), valueInfo('rate', [])],
      outputs: [valueInfo('y', ['N', 3]), valueInfo('next', ['N', 3])],
    }),
  );

  it('starts each sample with zeros, feeds the state back, and evaluates the last step', async () => {
    const steps = 4;
    const dataset = dataOf({
      fields: [{ ...x, shape: [steps, 3] }, labels],
      samples: 12,
      valuesOf(index) {
        // Another class leads at first; the sum over all steps selects the right one.
        const values = new Float32Array(steps * 3);
        values[(index + 1) % 3] = 2;
        for (let step = 1; step < steps; step++) values[step * 3 + (index % 3)] = 1;
        return { x: tensor(values, [steps, 3]), labels: labelValue(index % 3) };
      },
    });
    const recurrentMapping: DataMapping = {
      inputs: { x: { array: 'x' }, state: { state: 'next' }, rate: { value: 2 } },
      labels: { array: 'labels' },
    };
    const models = [
      { id: 'original', files: recurrent },
      { id: 'same', files: recurrent },
    ];
    const [original, same] = await evaluate({ models, dataset, mapping: recurrentMapping });
    expect(original).toMatchObject({ samples: 12, batch: 64, accuracy: { metrics: { top1: { value: 1 } } } });
    expect(same?.outputMatch).toMatchObject({ identical: true, samples: 12 });
  });
});

describe('outputs that a batch mixes up', () => {
  it('are made one sample at a time', async () => {
    // The mean over the whole batch is one number, whatever goes in.
    const mixing = filesOf(
      graph({
        nodes: [node('ReduceMean', ['x'], ['y'], { keepdims: 0n, axes: [0n] })],
        inputs: [valueInfo('x', ['N', 3])],
        outputs: [valueInfo('y', [3])],
      }),
    );
    const [original] = await evaluate({
      models: [{ id: 'original', files: mixing }],
      mapping: { ...mapping, task: { kind: 'classification', output: 'y' } },
    });
    expect(original?.batch).toBe(1);
    expect(original?.accuracy?.metrics.top1?.value).toBe(0.9);
  });
});

describe('an original that draws random numbers', () => {
  it('leaves nothing to say of a variant’s outputs', async () => {
    const noisy = filesOf(
      graph({
        nodes: [node('RandomNormalLike', ['x'], ['noise']), node('Add', ['x', 'noise'], ['y'])],
        inputs: [valueInfo('x', ['N', 3])],
        outputs: [valueInfo('y', ['N', 3])],
      }),
    );
    const models = [
      { id: 'original', files: noisy },
      { id: 'same', files: noisy },
    ];
    const [, same] = await evaluate({ models, mapping: { ...mapping, labels: null } });
    expect(same?.outputMatch).toMatchObject({
      comparable: false,
      valid: false,
      problem: expect.stringContaining('The original is not deterministic'),
    });
  });
});

describe('memory', () => {
  it('holds at most two batches: the next one is read while one runs, and none after that', async () => {
    let read = 0;
    let most = 0;
    let finished = 0;
    const dataset = dataOf({
      // The sample is no row of columns, because the scaling of columns would be probed afterwards.
      fields: [{ ...x, shape: [1, 3] }, labels],
      valuesOf: (index) => ({ x: tensor(features(index), [1, 3]), labels: labelValue(index % 3) }),
      onRead: () => (most = Math.max(most, ++read - finished)),
    });
    const peeked = samples;
    await evaluate(
      { models: [{ id: 'original', files: linear('N') }], dataset, batch: 10 },
      { onProgress: ({ done }) => (finished = peeked + done) },
    );
    // The group that runs, the one that is read, and the sample that shows that the next is full.
    expect(read).toBe(peeked + samples);
    expect(most).toBeLessThanOrEqual(peeked + 21);
  });
});
