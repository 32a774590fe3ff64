import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../../../../runtime/node/testing/in-process-inference';
import type { Feeds } from '../../../../data/feeds';
import type { Model, Node } from '../../../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../../../onnx/testing/build';
import { OutputTrial } from './trial';
import { batchesOf } from './trial';

const sample = (...values: number[]): Feeds => ({
  x: { dtype: 'float32', dims: [1, values.length], data: Float32Array.from(values) },
});
const samples = [sample(1, 2), sample(3, 4), sample(5, 7), sample(8, 1, 1), sample(2, 2)];

function netOf(nodes: readonly Node[], batch: number | string): Model {
  return model(
    graph({
      nodes,
      initializers: [floatTensor('w', [2, 2], [1, 2, 3, 5])],
      inputs: [valueInfo('x', [batch, 2])],
      outputs: [valueInfo('y', [batch, 2])],
    }),
  );
}
const product = node('MatMul', ['x', 'w'], ['y']);
const wide = netOf([product], 'batch');

describe('batchesOf', () => {
  it('puts neighbors of one shape together if the batch axis is free', () => {
    const sizes = (net: Model, most: number) => batchesOf(net, samples, most).map((batch) => batch.samples.length);
    expect(sizes(wide, 2)).toEqual([2, 1, 1, 1]);
    expect(sizes(wide, 8)).toEqual([3, 1, 1]);
    expect(sizes(netOf([product], 1), 8)).toEqual([1, 1, 1, 1, 1]);
    expect(batchesOf(wide, samples, 8)[0]!.feeds.x).toEqual({
      dtype: 'float32',
      dims: [3, 2],
      data: Float32Array.of(1, 2, 3, 4, 5, 7),
    });
  });
});

describe('OutputTrial', () => {
  const few = [sample(1, 2), sample(3, 4), sample(5, 7)];
  const others = new Map([['w', floatTensor('w', [2, 2], [1, 2, 3, 4])]]);
  const mixing = [node('CumSum', ['x', 'zero'], ['sums']), node('MatMul', ['sums', 'w'], ['y'])];

  it.each([
    ['several in a run', wide, 1],
    ['one after the other where a run of several mixes them', netOf([zero(), ...mixing], 'batch'), 2],
  ])('tells how far outputs are, %s', async (_, original, opened) => {
    const divergenceWith = async (together: number): Promise<readonly [number, number]> => {
      const inference = createInProcessInference();
      const { signal } = new AbortController();
      const request = { signal, inference, original, tunable: ['w'], samples: { validation: few, test: [] } };
      const trial = await OutputTrial.open({ ...request, together });
      const divergence = await trial.divergenceWith(others);
      trial.close();
      expect(inference.sessions.open).toBe(0);
      return [divergence, inference.sessions.opened];
    };
    const [alone] = await divergenceWith(1);
    expect(alone).toBeGreaterThan(0);
    const [together, sessions] = await divergenceWith(4);
    expect(together).toBeCloseTo(alone, 6);
    expect(sessions).toBe(opened);
  });

  function zero(): Node {
    return node('Constant', [], ['zero'], { value_int: 0n });
  }
});
