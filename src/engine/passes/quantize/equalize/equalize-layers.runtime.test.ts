import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { runOnce } from '../../../inference';
import { checkModel } from '../../../onnx/check';
import type { Model } from '../../../onnx/graph';
import { readFloat32 } from '../../../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { createSeededRandom } from '../../../seeded-random';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { equalizeLayers } from './equalize-layers';

const random = createSeededRandom(5);
/** Channels on the first axis that span very different ranges. */
const weight = (name: string, ...dims: number[]) => {
  const inner = dims.slice(1).reduce((a, b) => a * b, 1);
  const values = Array.from(
    { length: dims[0]! * inner },
    (_, at) => (random.next() - 0.5) * 10 ** (Math.floor(at / inner) % 4),
  );
  return floatTensor(name, dims, values);
};

/** Conv, depthwise Conv, pooling, Gemm behind a Flatten; the last Gemm reads what two nodes read. */
const net = model(
  graph({
    nodes: [
      node('Conv', ['x', 'w1', 'b1'], ['c1'], { pads: [1n, 1n, 1n, 1n] }, { name: 'first' }),
      node('Relu', ['c1'], ['r1']),
      node('Conv', ['r1', 'w2', 'b2'], ['c2'], { group: 4n, pads: [1n, 1n, 1n, 1n] }, { name: 'depthwise' }),
      node('LeakyRelu', ['c2'], ['r2']),
      node('MaxPool', ['r2'], ['p'], { kernel_shape: [2n, 2n], strides: [2n, 2n] }),
      node('Flatten', ['p'], ['f']),
      node('Gemm', ['f', 'w3', 'b3'], ['g'], { transB: 1n }, { name: 'fc' }),
      node('Gemm', ['g', 'w4'], ['h'], {}, { name: 'last' }),
      node('Add', ['g', 'h'], ['y']),
    ],
    initializers: [
      ...[weight('w1', 4, 2, 3, 3), weight('b1', 4), weight('w2', 4, 1, 3, 3), weight('b2', 4)],
      ...[weight('w3', 5, 16), weight('b3', 5), weight('w4', 5, 5)],
    ],
    inputs: [valueInfo('x', [1, 2, 4, 4])],
    outputs: [valueInfo('y', [1, 5])],
  }),
);

const run = (given: Model, exclude: readonly string[] = []) =>
  equalizeLayers.run(given, resolveOptions(equalizeLayers, { exclude }), passContext());

function spansOf({ graph: main }: Model, name: string, indexOf: (at: number) => number): readonly number[] {
  const spans: number[] = [];
  readFloat32(main!.initializers.find((tensor) => tensor.name === name)!).forEach((value, at) => {
    spans[indexOf(at)] = Math.max(spans[indexOf(at)] ?? 0, Math.abs(value));
  });
  return spans;
}

describe('equalize-layers', () => {
  it('makes neighbours span alike, and leaves answers what they are', async () => {
    const { model: equal, changes, refusals } = await run(net);
    expect(refusals).toEqual([]);
    expect(changes.map(({ path, what }) => [path, what])).toEqual([
      ['graph/first', 'Has the range of graph/depthwise in every channel'],
      ['graph/depthwise', 'Has the range of graph/fc in every channel'],
    ]);
    expect(checkModel(equal)).toEqual([]);
    const first = spansOf(equal, 'w1', (at) => Math.floor(at / 18));
    const second = spansOf(equal, 'w2', (at) => Math.floor(at / 9));
    const third = spansOf(equal, 'w3', (at) => Math.floor((at % 16) / 4));
    for (let channel = 0; channel < 4; channel += 1) {
      expect(first[channel]! / second[channel]!).toBeCloseTo(1, 2);
      expect(second[channel]! / third[channel]!).toBeCloseTo(1, 2);
    }
    const inference = createInProcessInference();
    const x = { dtype: 'float32', dims: [1, 2, 4, 4], data: Float32Array.from({ length: 32 }, () => random.next()) };
    const [before, after] = [
      await runOnce(inference, new AbortController().signal, net, { x }),
      await runOnce(inference, new AbortController().signal, equal, { x }),
    ].map((outputs) => outputs['y']!.data as Float32Array);
    before!.forEach((value, at) => expect(Math.abs(after![at]! / value - 1)).toBeLessThan(1e-4));
  });

  it('leaves a layer whose one bias is added to every output', async () => {
    const shared = model(
      graph({
        nodes: [
          node('Gemm', ['x', 'w3', 'b'], ['g'], { transB: 1n }),
          node('Relu', ['g'], ['r']),
          node('Gemm', ['r', 'w4'], ['y']),
        ],
        initializers: [weight('w3', 5, 16), weight('b', 1), weight('w4', 5, 5)],
        inputs: [valueInfo('x', [1, 16])],
        outputs: [valueInfo('y', [1, 5])],
      }),
    );
    expect((await run(shared)).model).toBe(shared);
  });

  it('leaves what is excluded, and a model without such neighbours', async () => {
    expect((await run(net, ['fc'])).changes.map(({ path }) => path)).toEqual(['graph/first']);
    const same = await run(net, ['first', 'fc', 'nobody']);
    expect(same.model).toBe(net);
    expect(same.refusals.map(({ code }) => code)).toEqual(['no-such-node', 'no-pairs']);
  });
});
