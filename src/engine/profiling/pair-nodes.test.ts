import { describe, expect, it } from 'vitest';
import { isSlower, pairNodes, sumByOperator, type ProfiledModel } from './pair-nodes';

const provider = 'CPUExecutionProvider';

const original: ProfiledModel = {
  times: {
    nodes: [
      { path: 'graph/Conv_0', op: 'Conv', medianMs: 4, share: 0.5, provider, ranAs: 'FusedConv' },
      { path: 'graph/Relu_1', op: 'Relu', medianMs: null, share: null },
      { path: 'graph/Add_2', op: 'Add', medianMs: 1, share: 0.125, provider },
      { path: 'graph/Loop_3', op: 'Loop', medianMs: 2, share: 0.25, provider },
      { path: 'graph/Loop_3.body/Mul_0', op: 'Mul', medianMs: 2, share: 0.25, provider },
    ],
    unattributed: [{ op: 'Transpose', provider, kernels: 1, medianMs: 1, share: 0.125 }],
  },
  costs: [
    { path: 'graph/Conv_0', flops: 40e6, bytes: 1e6, parameters: 10 },
    { path: 'graph/Relu_1', flops: 1, bytes: 8, parameters: 0 },
    { path: 'graph/Add_2', flops: null, bytes: null, parameters: 0 },
    { path: 'graph/Loop_3', flops: 1, bytes: 8, parameters: 0 },
    { path: 'graph/Loop_3.body/Mul_0', flops: 1, bytes: 8, parameters: 0, inBody: true },
  ],
};

const variant: ProfiledModel = {
  times: {
    nodes: [
      { path: 'graph/q', op: 'QLinearConv', medianMs: 1, share: 0.3, provider },
      { path: 'graph/sum', op: 'Add', medianMs: 1.5, share: 0.4, provider },
      { path: 'graph/scale', op: 'QuantizeLinear', medianMs: 0.5, share: 0.1, provider },
    ],
    unattributed: [{ op: 'Transpose', provider, kernels: 1, medianMs: 1, share: 0.2 }],
  },
  costs: [{ path: 'graph/q', flops: 40e6, bytes: 1e6, parameters: 10 }],
};

const pairs = pairNodes(original, variant, [
  ['graph/Conv_0', 'graph/q'],
  ['graph/Add_2', 'graph/sum'],
]);

describe('nodes of two models', () => {
  it('are paired with their executed kernels, the largest differences first', () => {
    expect(pairs.map((pair) => [pair.original?.path, pair.variant?.path, pair.differenceMs])).toEqual([
      ['graph/Conv_0', 'graph/q', -3],
      ['graph/Loop_3', undefined, -2],
      ['graph/Add_2', 'graph/sum', 0.5],
      [undefined, 'graph/scale', 0.5],
      [null, null, 0],
    ]);
    expect(pairs[0]?.original).toMatchObject({ ranAs: 'FusedConv', gflops: 10, share: 0.5, provider });
    expect(pairs[0]?.variant?.gflops).toBe(40);
    expect(pairs[2]?.original?.gflops).toBeNull();
  });

  it('are slower from 5 % on, or if only the variant runs them', () => {
    expect(pairs.filter(isSlower).map((pair) => pair.variant?.op)).toEqual(['Add', 'QuantizeLinear']);
    expect(isSlower({ original: { path: 'a', op: 'Add', ms: 1, share: 1, gflops: null }, differenceMs: 0.04 })).toBe(
      false,
    );
  });

  it('add up by operator', () => {
    const sums = sumByOperator(pairs);
    expect(sums.find(({ op }) => op === 'Add')).toEqual({
      ...{ op: 'Add', originalMs: 1, variantMs: 1.5, originalNodes: 1, variantNodes: 1, differenceMs: 0.5 },
    });
    expect(sums[0]).toMatchObject({ op: 'Conv', differenceMs: -4, variantNodes: 0 });
    expect(sums.reduce((sum, { differenceMs }) => sum + differenceMs, 0)).toBeCloseTo(4 - 8);
  });
});
