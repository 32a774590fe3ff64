import { describe, expect, it } from 'vitest';
import type { ValueName } from '../../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { findMaskedScores } from './masked-scores';
import { constantParameters } from './qdq-parameters';
import { ValueGraph } from './value-graph';
import type { ValueRange } from '../../../calibration/value-statistics';

/** Attention with a mask that is added to its scores, and a Softmax without one. */
const nodes = [
  node('MatMul', ['q', 'k'], ['scores']),
  node('Mul', ['hidden', 'far'], ['mask']),
  node('Unsqueeze', ['mask', 'axes'], ['rows']),
  node('Add', ['scores', 'rows'], ['sum']),
  node('Softmax', ['sum'], ['weights']),
  node('Softmax', ['scores'], ['free']),
];
const values = new ValueGraph(
  model(
    graph({
      nodes,
      inputs: ['q', 'k', 'hidden', 'far'].map((name) => valueInfo(name, [1, 4, 4])),
      outputs: [valueInfo('weights', [1, 4, 4]), valueInfo('free', [1, 4, 4])],
    }),
  ),
);
const rangesWith = (lowest: number): ReadonlyMap<ValueName, ValueRange> =>
  new Map([
    ['q', { minimum: -300, maximum: 300 }],
    ['hidden', { minimum: 0, maximum: 1 }],
    ['scores', { minimum: -6, maximum: 6 }],
    ...['mask', 'rows'].map((name) => [name, { minimum: lowest, maximum: 0 }] as const),
    ['sum', { minimum: lowest - 6, maximum: 6 }],
  ]);

describe('findMaskedScores', () => {
  it('finds the mask and the sum with it, but neither the scores nor their inputs', () => {
    for (const lowest of [-1e4, -3.4028234663852886e38]) {
      const found = findMaskedScores(nodes, values, rangesWith(lowest));
      expect([...found.keys()]).toEqual([nodes[4]]);
      expect([...found.get(nodes[4]!)!].sort()).toEqual(['mask', 'rows', 'sum']);
    }
  });

  it('leaves alone values that 8 bits can separate', () => {
    expect(findMaskedScores(nodes, values, rangesWith(-100)).size).toBe(0);
  });

  it('has no integers for a constant that would be infinite behind them', () => {
    const options = { type: 'uint16', symmetric: false, reduceRange: false } as const;
    const parametersOf = (mask: number) => constantParameters(floatTensor('far', [1], [mask]), undefined, options);
    expect(parametersOf(-1e4)).toMatchObject({ scales: expect.anything() });
    expect(parametersOf(-3.4028234663852886e38)).toBeUndefined();
  });
});
