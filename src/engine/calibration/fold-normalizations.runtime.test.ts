import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../runtime/node/testing/in-process-inference';
import type { Feeds } from '../data/feeds';
import { runOnce } from '../inference';
import { replaceConstants } from '../onnx/replace-constants';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { createSeededRandom } from '../seeded-random';
import { foldNormalizations } from './tunable-session';
import { openTunable } from './tunable-session';

const random = createSeededRandom(4);
const some = (count: number): number[] => Array.from({ length: count }, () => random.next() + 0.25);
const normalizationOf = (input: string, output: string) =>
  node('BatchNormalization', [input, 'gain', 'offset', 'mean', 'variance'], [output]);

/** The second normalization is not alone: what it reads is added to what it gives. */
const network = model(
  graph({
    nodes: [
      node('Conv', ['x', 'w', 'b'], ['conv']),
      normalizationOf('conv', 'normal'),
      node('Relu', ['normal'], ['relu']),
      node('Conv', ['relu', 'w2', 'b2'], ['conv2']),
      normalizationOf('conv2', 'normal2'),
      node('Add', ['conv2', 'normal2'], ['y']),
    ],
    initializers: [
      floatTensor('w', [3, 2, 1, 1], some(6)),
      floatTensor('w2', [3, 3, 1, 1], some(9)),
      ...['b', 'b2', 'gain', 'offset', 'mean', 'variance'].map((name) => floatTensor(name, [3], some(3))),
    ],
    inputs: [valueInfo('x', [1, 2, 2, 2])],
    outputs: [valueInfo('y', [1, 3, 2, 2])],
  }),
);
const feeds: Feeds = { x: { dtype: 'float32', dims: [1, 2, 2, 2], data: Float32Array.from(some(8)) } };

describe('foldNormalizations', () => {
  it('keeps nodes with other readers, requested values and missing weights', () => {
    const fed = new Map(network.graph!.initializers.map((tensor) => [tensor.name!, tensor]));
    const [w, b] = [fed.get('w')!, fed.get('b')!];
    const left = (names: ReadonlyMap<string, typeof w>, wanted: readonly string[]): number =>
      foldNormalizations({ graph: network.graph!, opset: 17, fed: names, wanted }).graph.nodes.length;
    expect(left(new Map(Object.entries({ w, b })), ['y'])).toBe(5);
    expect(left(new Map(Object.entries({ w, b })), ['conv', 'y'])).toBe(6);
    expect(left(new Map(Object.entries({ b })), ['y'])).toBe(6);
    // The normalizations are fed as well.
    expect(left(fed, ['y'])).toBe(6);
  });

  it('answers as the model does with other numbers', async () => {
    const inference = createInProcessInference();
    const { signal } = new AbortController();
    // The weight goes with its bias, and keeps its numbers.
    const session = await openTunable(signal, inference, network, { tunable: ['b', 'w2', 'b2'] });
    const others = new Map([
      ['b', floatTensor('b', [3], some(3))],
      ['w2', floatTensor('w2', [3, 3, 1, 1], some(9))],
    ]);
    for (const tensors of [new Map(), others]) {
      session.tune(tensors);
      const expected = (await runOnce(inference, signal, replaceConstants(network, tensors), feeds)).y!;
      const found = (await session.run(feeds)).y!;
      for (const [at, value] of (expected.data as Float32Array).entries()) {
        expect((found.data as Float32Array)[at]).toBeCloseTo(value, 4);
      }
    }
    session.close();
  });
});
