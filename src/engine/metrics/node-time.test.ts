import { describe, expect, it } from 'vitest';
import type { MarkedNode } from '../onnx/parts/mark-nodes';
import { attributeTimes, type KernelTime } from './node-time';

const nodes: readonly MarkedNode[] = [
  { path: 'graph/conv', op: 'Conv' },
  { path: 'graph/relu', op: 'Relu' },
  { path: 'graph/loop', op: 'Loop' },
  { path: 'graph/loop.body/add', op: 'Add', holder: 2 },
];

function kernel(name: string, op: string, ...microseconds: readonly number[]): KernelTime {
  return { name, op, provider: 'CPUExecutionProvider', microseconds };
}

describe('attributeTimes', () => {
  it('takes medians over runs, and names the substitute of a node', () => {
    const { nodes: times, runs, sumMs } = attributeTimes(nodes, [kernel('@node0@', 'FusedConv', 3000, 1000, 2000)]);
    expect([runs, sumMs]).toEqual([3, 2]);
    expect(times[0]).toEqual({
      path: 'graph/conv',
      op: 'Conv',
      medianMs: 2,
      share: 1,
      ranAs: 'FusedConv',
      provider: 'CPUExecutionProvider',
    });
    expect(times[1]).toEqual({ path: 'graph/relu', op: 'Relu', medianMs: null, share: null });
  });

  it('does not count the body of a loop twice', () => {
    const { nodes: times, sumMs } = attributeTimes(nodes, [
      kernel('@node0@', 'Conv', 1000),
      kernel('@node2@', 'Loop', 3000),
      kernel('@node3@', 'Add', 2500),
    ]);
    expect(sumMs).toBe(4);
    expect(times.map(({ share }) => share)).toEqual([0.25, null, 0.75, 0.625]);
  });

  it('counts a body that was inlined, since the node around it did not run', () => {
    const { sumMs } = attributeTimes(nodes, [kernel('@node3@', 'Add', 2500)]);
    expect(sumMs).toBe(2.5);
  });

  it('adds up the kernels of one node, and separates kernels of no known node', () => {
    const { nodes: times, unattributed } = attributeTimes(nodes, [
      kernel('@node0@', 'Conv', 1000, 1000),
      kernel('@node0@_cast', 'Cast', 500, 700),
      kernel('Transpose_token_0', 'Transpose', 400, 400),
      kernel('Transpose_token_1', 'Transpose', 100, 200),
    ]);
    expect(times[0]).toMatchObject({ medianMs: 1.6, ranAs: 'Cast' });
    expect(unattributed).toHaveLength(1);
    expect(unattributed[0]).toMatchObject({ op: 'Transpose', kernels: 2, medianMs: 0.55 });
    expect(unattributed[0]!.share).toBeCloseTo(0.55 / 2.15, 12);
  });

  it('survives a profile of nothing, and marks of other models', () => {
    expect(attributeTimes(nodes, [])).toMatchObject({ runs: 0, sumMs: 0, unattributed: [] });
    expect(attributeTimes(nodes, [kernel('@node99@', 'Add', 10)]).unattributed).toHaveLength(1);
  });
});
