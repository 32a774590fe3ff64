/** Training models that are written for a fixed batch: they keep it where another one would not run, and say so. */
import { describe, expect, it } from 'vitest';
import type { CalibrationData } from '../../data/calibration-data';
import type { Feeds } from '../../data/feeds';
import { stackFeeds } from '../../data/mapping/stack-feeds';
import { checkModel } from '../../onnx/check';
import type { Model } from '../../onnx/graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { DataType } from '../../onnx/data-type';
import { resolveOptions } from '../options';
import { passContext } from '../testing/pass-context';
import { fineTune } from './fine-tune/fine-tune';
import { quantizeAwareTraining } from './quantize-aware/quantize-aware-training';
import { weakened } from './testing/small-net';
import { createSeededRandom } from '../../seeded-random';
import { createInProcessInference } from '../../../runtime/node/testing/in-process-inference';
import { productOf } from '../../product-of';

const random = createSeededRandom(9);
const draw = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.next() - 0.5);
const samplesOf = (...shape: readonly number[]): readonly Feeds[] =>
  Array.from({ length: 80 }, () => {
    return { x: { dtype: 'float32', dims: [1, ...shape], data: draw(productOf(shape)) } };
  });
const inference = createInProcessInference();

function tune(net: Model, data: CalibrationData, options: Readonly<Record<string, unknown>> = {}) {
  const context = passContext({ original: net, inference, data });
  const settings = { steps: 10, learningRate: 0.01, matchLayers: false, augment: 'none', ...options };
  return fineTune.run(weakened(net), resolveOptions(fineTune, settings), context);
}

const dataOf = (all: readonly Feeds[]): CalibrationData => ({
  fingerprint: '',
  samples: all.length,
  async *feeds() {
    yield* all;
  },
});

/** A model whose branches write the batch of one into a shape. */
const branching = model(
  graph({
    nodes: [
      node('MatMul', ['x', 'w'], ['h'], {}, { name: 'first' }),
      node('ReduceMax', ['x'], ['most'], { keepdims: 0n }),
      node('Greater', ['most', 'zero'], ['isLarge']),
      node('If', ['isLarge'], ['b'], {
        then_branch: graph({
          nodes: [node('Reshape', ['h', 'shape'], ['t'])],
          initializers: [int64Tensor('shape', [2], [1, 8])],
          outputs: [valueInfo('t', [1, 8])],
        }),
        else_branch: graph({ nodes: [node('Neg', ['h'], ['e'])], outputs: [valueInfo('e', [1, 8])] }),
      }),
      node('MatMul', ['x', 'v'], ['y0'], {}, { name: 'second' }),
      node('Add', ['b', 'y0'], ['y']),
    ],
    initializers: [
      floatTensor('w', [16, 8], draw(128)),
      floatTensor('v', [16, 8], draw(128)),
      floatTensor('zero', [], [0]),
    ],
    inputs: [valueInfo('x', [1, 16])],
    outputs: [valueInfo('y', [1, 8])],
  }),
);

/** A stack of matrices that a batch of one is broadcast to. */
const stacked = model(
  graph({
    nodes: [
      node('MatMul', ['x', 'w'], ['h'], {}, { name: 'stack' }),
      node('ReduceMean', ['h'], ['m'], { axes: [0n, 1n], keepdims: 0n }),
      node('Unsqueeze', ['m', 'axis'], ['y']),
    ],
    initializers: [floatTensor('w', [3, 16, 8], draw(384)), int64Tensor('axis', [1], [0])],
    inputs: [valueInfo('x', [1, 3, 16])],
    outputs: [valueInfo('y', [1, 8])],
  }),
);

const ofFour = model(
  graph({
    nodes: [node('MatMul', ['x', 'w'], ['h'], {}, { name: 'first' }), node('Softmax', ['h'], ['y'])],
    initializers: [floatTensor('w', [16, 3], draw(48))],
    inputs: [valueInfo('x', [4, 16])],
    outputs: [valueInfo('y', [4, 3])],
  }),
);

/** The index of the largest of the first three numbers. */
function classOf({ x }: Feeds): number {
  const first = Array.from((x!.data as Float32Array).subarray(0, 3));
  return first.indexOf(Math.max(...first));
}

describe('training a model of a fixed batch', () => {
  it.each([
    ['branches that hold it', branching, [16]],
    ['a stack of matrices', stacked, [3, 16]],
  ] as const)('keeps one sample a step with %s', async (_, net, shape) => {
    const { model: tuned, refusals, changes } = await tune(net, dataOf(samplesOf(...shape)));
    expect(refusals.map(({ code }) => code)).toEqual(['batch-kept']);
    expect(changes).toHaveLength(1);
    expect(checkModel(tuned)).toEqual([]);
  });

  it('takes as many samples a step as the batch has, with their labels', async () => {
    const all = samplesOf(16);
    const data: CalibrationData = {
      ...dataOf(Array.from({ length: 20 }, (_, at) => stackFeeds(all.slice(4 * at, 4 * at + 4), { x: 0 }))),
      async *labeled() {
        for (const feeds of all) yield { feeds, label: Float64Array.of(classOf(feeds)) };
      },
    };
    for (const loss of ['labels', 'both']) {
      const { model: tuned, refusals, changes } = await tune(ofFour, data, { loss, steps: 40, learningRate: 0.05 });
      expect(refusals).toEqual([]);
      expect(changes).toHaveLength(1);
      expect(tuned.graph!.inputs).toEqual(ofFour.graph!.inputs);
    }
    const { refusals, changes } = await tune(ofFour, data);
    expect({ refusals, changes: changes.length }).toEqual({ refusals: [], changes: 1 });
  });

  it('trains for integers with labels, a fixed batch and ranges of values inside', async () => {
    const net = model(
      graph({
        nodes: [
          node('MatMul', ['x', 'w'], ['h'], {}, { name: 'first' }),
          node('Relu', ['h'], ['r']),
          node('MatMul', ['r', 'v'], ['y'], {}, { name: 'second' }),
        ],
        initializers: [floatTensor('w', [16, 8], draw(128)), floatTensor('v', [8, 3], draw(24))],
        inputs: [valueInfo('x', [5, 16])],
        outputs: [valueInfo('y', [5, 3])],
      }),
    );
    const all = samplesOf(16);
    const data: CalibrationData = {
      ...dataOf(Array.from({ length: 16 }, (_, at) => stackFeeds(all.slice(5 * at, 5 * at + 5), { x: 0 }))),
      async *labeled() {
        for (const feeds of all) yield { feeds, label: Float64Array.of(classOf(feeds)) };
      },
    };
    for (const form of ['static', 'weights']) {
      const options = resolveOptions(quantizeAwareTraining, { loss: 'labels', steps: 20, form, augment: 'none' });
      const context = passContext({ original: net, inference, data });
      const { changes, refusals, sentence } = await quantizeAwareTraining.run(net, options, context);
      expect(refusals).toEqual([]);
      expect(changes).toHaveLength(2);
      expect(sentence).toMatch(/on (1[05]|20|25|30|35|40) held-out samples/);
    }
  });

  it('reports that labels of single samples do not fit if another input has no batch', async () => {
    const whole = ofFour.graph!;
    const net: Model = {
      ...ofFour,
      graph: {
        ...whole,
        nodes: [node('Mul', ['x', 'gain'], ['g']), node('MatMul', ['g', 'w'], ['h']), ...whole.nodes.slice(1)],
        inputs: [...whole.inputs, valueInfo('gain', [2, 1, 1], DataType.float32)],
      },
    };
    const gain = { dtype: 'float32', dims: [2, 1, 1], data: Float32Array.of(1, 1) } as const;
    const all = samplesOf(16).map((feeds): Feeds => ({ ...feeds, gain }));
    const data: CalibrationData = {
      ...dataOf(all),
      async *labeled() {
        for (const feeds of all) yield { feeds, label: Float64Array.of(1) };
      },
    };
    const { refusals } = await tune(net, data, { loss: 'labels' });
    expect(refusals.map(({ code, path }) => [code, path])).toEqual([['not-trainable', 'graph/x']]);
    expect(refusals[0]!.reason).toContain('4 samples');
  });
});
