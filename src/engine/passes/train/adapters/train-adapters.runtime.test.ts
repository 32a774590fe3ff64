/** The pass `train-adapters` on a small net in 2 bits: what it writes, and that the written file is nearer to the original. */
import { expect, it } from 'vitest';
import { checkModel } from '../../../onnx/check';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import type { Model } from '../../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { createSeededRandom } from '../../../seeded-random';
import { resolveOptions } from '../../options';
import { quantizeWeights } from '../../quantize/weights/quantize-weights';
import { passContext } from '../../testing/pass-context';
import { dataOf } from '../testing/small-net';
import { trainAdapters } from './train-adapters';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { runModelInNode } from '../../../../runtime/testing/run-model';

const inference = createInProcessInference();
const random = createSeededRandom(7);
const uniform = (length: number): Float32Array => Float32Array.from({ length }, () => random.next() - 0.5);
const sample = () => ({ x: { dtype: 'float32', dims: [1, 32], data: uniform(32) } }) as const;

const original: Model = model(
  graph({
    nodes: [
      node('MatMul', ['x', 'w'], ['hidden'], {}, { name: 'first' }),
      node('Relu', ['hidden'], ['positive']),
      node('MatMul', ['positive', 'v'], ['y'], {}, { name: 'second' }),
    ],
    initializers: [floatTensor('w', [32, 64], uniform(32 * 64)), floatTensor('v', [64, 32], uniform(64 * 32))],
    inputs: [valueInfo('x', ['N', 32])],
    outputs: [valueInfo('y', ['N', 32])],
  }),
);
const data = dataOf(Array.from({ length: 256 }, sample));

async function train(net: Model, options: Readonly<Record<string, unknown>> = {}) {
  const given = resolveOptions(trainAdapters, { rank: 2, steps: 150, batch: 16, learningRate: 0.01, ...options });
  return trainAdapters.run(net, given, passContext({ original, inference, data }));
}

async function quantized(): Promise<Model> {
  const given = resolveOptions(quantizeWeights, { bits: '2', method: 'rtn' });
  return (await quantizeWeights.run(original, given, passContext({ original, inference, data }))).model;
}

async function distance(each: Model, count = 20): Promise<number> {
  let sum = 0;
  for (let index = 0; index < count; index++) {
    const feeds = sample();
    const [expected, actual] = await Promise.all(
      [original, each].map(async (one) => (await runModelInNode(joinParts(encodeModel(one)), feeds))['y']!.data),
    );
    sum += (actual as Float32Array).reduce((total, value, at) => total + (value - Number(expected![at])) ** 2, 0);
  }
  return sum;
}

it('brings the answers of the written file nearer to the original, and leaves integers as they are', async () => {
  const before = await quantized();
  const { model: after, changes, refusals, sentence } = await train(before);
  expect(refusals).toEqual([]);
  expect(changes).toHaveLength(1);
  expect(sentence).toContain('Adapters reduced the loss on held-out samples by');
  expect(checkModel(after)).toEqual([]);
  expect(after.graph!.initializers.slice(0, before.graph!.initializers.length)).toEqual(before.graph!.initializers);
  expect(after.graph!.nodes.filter(({ opType }) => opType === 'Add')).toHaveLength(2);
  expect(await distance(after)).toBeLessThan(0.7 * (await distance(before)));
});

it('leaves out excluded layers', async () => {
  const { model: after } = await train(await quantized(), { exclude: ['first'] });
  expect(after.graph!.nodes.filter(({ opType }) => opType === 'Add')).toHaveLength(1);
});

it.each([
  ['a model without integers', () => Promise.resolve(original), {}, 'No layer is quantized'],
  ['a rank that is too large for the layers', quantized, { rank: 64 }, 'large enough for an adapter'],
])('refuses %s with the reason', async (_, net, options, reason) => {
  const given = await net();
  const outcome = await train(given, options);
  expect(outcome.model).toBe(given);
  expect(outcome.refusals[0]!.reason).toContain(reason);
});
