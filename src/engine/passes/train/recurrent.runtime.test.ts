/** Training through LSTM and GRU: they are written step by step in the training step, and keep their form in the file. */
import { describe, expect, it } from 'vitest';
import type { CalibrationData } from '../../data/calibration-data';
import type { Feeds } from '../../data/feeds';
import { checkModel } from '../../onnx/check';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { readFloat32 } from '../../onnx/tensor';
import { productOf } from '../../product-of';
import { createSeededRandom } from '../../seeded-random';
import { createInProcessInference } from '../../../runtime/node/testing/in-process-inference';
import { resolveOptions } from '../options';
import { passContext } from '../testing/pass-context';
import { fineTune } from './fine-tune/fine-tune';

const [steps, inputs, hidden] = [5, 4, 6];

function netOf(opType: 'LSTM' | 'GRU', seed: number, noise: number) {
  const [random, other] = [createSeededRandom(seed), createSeededRandom(seed + 1)];
  const tensor = (name: string, dims: readonly number[]) => {
    const values = Float32Array.from(
      { length: productOf(dims) },
      () => random.next() - 0.5 + noise * (other.next() - 0.5),
    );
    return floatTensor(name, [...dims], [...values]);
  };
  const gates = opType === 'LSTM' ? 4 : 3;
  return model(
    graph({
      nodes: [
        node('Transpose', ['x'], ['t'], { perm: [1n, 0n, 2n] }),
        node(opType, ['t', 'w', 'r', 'b'], ['', 'last'], { hidden_size: BigInt(hidden) }, { name: 'layer' }),
        node('Squeeze', ['last', 'axis'], ['h']),
        node('Gemm', ['h', 'c'], ['y'], {}, { name: 'head' }),
      ],
      initializers: [
        tensor('w', [1, gates * hidden, inputs]),
        tensor('r', [1, gates * hidden, hidden]),
        tensor('b', [1, 2 * gates * hidden]),
        tensor('c', [hidden, 3]),
        int64Tensor('axis', [1], [0]),
      ],
      inputs: [valueInfo('x', ['batch', steps, inputs])],
      outputs: [valueInfo('y', ['batch', 3])],
    }),
  );
}

const random = createSeededRandom(3);
const samples = Array.from({ length: 96 }, (): Feeds => {
  const data = Float32Array.from({ length: steps * inputs }, () => 2 * random.next() - 1);
  return { x: { dtype: 'float32', dims: [1, steps, inputs], data } };
});
const data: CalibrationData = {
  fingerprint: '',
  samples: samples.length,
  async *feeds() {
    yield* samples;
  },
};

describe('fine-tune', () => {
  it.each(['LSTM', 'GRU'] as const)('trains the weights of an %s, which keeps its form', async (opType) => {
    const original = netOf(opType, 7, 0);
    const start = netOf(opType, 7, 0.6);
    const context = passContext({ original, inference: createInProcessInference(), data });
    const settings = { steps: 120, learningRate: 0.01, augment: 'none' };
    const outcome = await fineTune.run(start, resolveOptions(fineTune, settings), context);
    expect(outcome.refusals).toEqual([]);
    expect(checkModel(outcome.model)).toEqual([]);
    expect(outcome.model.graph!.nodes.map((each) => each.opType)).toEqual(
      start.graph!.nodes.map((each) => each.opType),
    );
    for (const name of ['w', 'r', 'b', 'c']) {
      const [before, after] = [start, outcome.model].map(({ graph: each }) =>
        readFloat32(each!.initializers.find((tensor) => tensor.name === name)!),
      );
      expect(after).not.toEqual(before);
    }
    const reduced = Number(/by (\d+) %/.exec(outcome.sentence ?? '')?.[1]);
    expect(reduced).toBeGreaterThan(80);
  });
});
