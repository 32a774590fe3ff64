import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../runtime/node/testing/in-process-inference';
import type { Feeds } from '../data/feeds';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { groupBySize, observeValues } from './observe-values';

const doubling = model(
  graph({
    nodes: [node('Mul', ['x', 'two'], ['h']), node('Relu', ['h'], ['r']), node('Add', ['r', 'two'], ['y'])],
    initializers: [floatTensor('two', [], [2])],
    inputs: [valueInfo('x', [1, 2])],
    outputs: [valueInfo('y', [1, 2])],
  }),
);

async function* samples(count: number): AsyncIterable<Feeds> {
  for (let index = 0; index < count; index++)
    yield { x: { dtype: 'float32', dims: [1, 2], data: Float32Array.of(index, -index) } };
}

describe('observeValues', () => {
  it('observes each value of all 512 samples in the fewest bounded sessions and closes them', async () => {
    const inference = createInProcessInference();
    const sums = new Map<string, number>();
    const shares: number[] = [];
    await observeValues({
      signal: new AbortController().signal,
      inference,
      model: doubling,
      values: ['h', 'r', 'y'].map((name) => ({ name, estimatedBytes: 8 })),
      samples: 512,
      feeds: () => samples(512),
      visit: (name, { data }) => void sums.set(name, (sums.get(name) ?? 0) + Number(data[0])),
      progress: (done, total) => void shares.push(done / total),
      mostBytes: 16,
    });
    const twice = 511 * 512;
    expect(Object.fromEntries(sums)).toEqual({ h: twice, r: twice, y: twice + 2 * 512 });
    expect(inference.sessions).toEqual({ opened: 2, open: 0 });
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('puts a value that is larger than the bound into a group by itself', () => {
    expect(groupBySize([3, 20, 4, 5], (bytes) => bytes, 10)).toEqual([[3], [20], [4, 5]]);
  });
});
