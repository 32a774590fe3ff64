import { describe, expect, it } from 'vitest';
import type { Feeds } from '../../data/feeds';
import type { Model } from '../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { passContext } from '../testing/pass-context';
import { matchFeatures } from './match-features';
import { createSeededRandom } from '../../seeded-random';
import { isNotTrainable, prepareForward, type ForwardGraph } from '../../training/prepare-forward';
import { TrainingSamples } from '../../training/training-samples';
import { createInProcessInference } from '../../../runtime/node/testing/in-process-inference';

const random = createSeededRandom(5);
const draw = (count: number): number[] => Array.from({ length: count }, () => 2 * random.next() - 1);
const filters = [draw(9), draw(9), draw(9), draw(9)];
const side = 8;

function net(kept: readonly (readonly number[])[]): Model {
  return model(
    graph({
      nodes: [
        node('Conv', ['x', 'filters'], ['c'], { pads: [1n, 1n, 1n, 1n] }),
        node('Relu', ['c'], ['r']),
        node('GlobalAveragePool', ['r'], ['p']),
        node('Flatten', ['p'], ['f']),
        node('Gemm', ['f', 'head'], ['y'], { transB: 1n }),
      ],
      initializers: [
        floatTensor('filters', [kept.length, 1, 3, 3], kept.flat()),
        floatTensor('head', [2, kept.length], draw(2 * kept.length)),
      ],
      inputs: [valueInfo('x', ['N', 1, side, side])],
      outputs: [valueInfo('y', ['N', 2])],
    }),
    { opset: 18 },
  );
}

function forwardOf(each: Model): ForwardGraph {
  const forward = prepareForward(each, { batch: 4, inputs: new Map([['x', [4, 1, side, side]]]) });
  if (isNotTrainable(forward)) throw new Error(forward.reason);
  return forward;
}

async function matched(student: Model) {
  const teacher = net(filters);
  const pictures = Array.from({ length: 24 }, () => {
    const feeds: Feeds = {
      x: { dtype: 'float32', dims: [1, 1, side, side], data: Float32Array.from(draw(side * side)) },
    };
    return { feeds, mayBeHeldOut: false };
  });
  const inference = createInProcessInference();
  const targets = await matchFeatures(
    {
      prepared: { exported: student, student, teacher },
      student: forwardOf(student),
      teacher: forwardOf(teacher),
      samples: new TrainingSamples(pictures, 4, { x: 0 }, random),
    },
    passContext({ inference }),
  );
  expect(inference.sessions.open).toBe(0);
  return targets;
}

describe('matchFeatures', () => {
  it('finds the channels that a smaller model kept, in any order', async () => {
    const close = (of: number): number[] => filters[of]!.map((value) => 1.05 * value);
    const [target, ...others] = await matched(net([close(2), close(0), close(3)]));
    expect(others).toEqual([]);
    expect(target).toMatchObject({ name: 'r', channelAxis: 1, channels: [2, 0, 3] });
    expect(target!.weight).toBeGreaterThan(0);
  });

  it('follows no value that only has the same name', async () => {
    const opposite = (of: number): number[] => filters[of]!.map((value) => -3 * value);
    expect(await matched(net([opposite(0), opposite(1)]))).toEqual([]);
  });

  it('follows no value that a weight without a number has spoilt', async () => {
    expect(await matched(net([filters[0]!, filters[1]!.with(0, NaN)]))).toEqual([]);
    expect(await matched(net([filters[0]!, filters[1]!.with(0, Infinity)]))).toEqual([]);
  });
});
