import { expect, it } from 'vitest';
import type { NodePair } from '../../src/engine/profiling/pair-nodes';
import type { RooflineNode } from '../../src/engine/profiling/roofline';
import { describeNodePairs, describeRoofline } from './describe-nodes';

const linesOf = (text: string): string[] =>
  text
    .replaceAll('\u00a0', ' ')
    .split('\n')
    .map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));

it('describes the limit of a model before it lists its nodes', () => {
  const node: RooflineNode = {
    ...{ path: 'graph/conv', op: 'Conv', ms: 4, share: 0.8, gflops: 15, intensity: 30 },
    ...{ limit: 'compute', parameters: 9, reached: 0.75 },
  };
  const roof = { ep: 'wasm', threads: 2, peakGflops: 20, bandwidthGbps: 10, launchMs: 1, profiledLaunchMs: 1 } as const;
  const bottleneck = { sentence: 'Most of it.', limit: 'compute', share: 0.8, paths: ['graph/conv'] } as const;
  expect(linesOf(describeRoofline({ ...roof, nodes: [node, { ...node, gflops: null }] }, bottleneck))).toEqual([
    'Most of it.',
    'This device reaches 20.0 GFLOP/s and 10.0 GB/s on WASM with 2 threads.',
    'time | share | GFLOP/s | limit',
    '4.00 ms | 80.0 % | 15.0 | compute | Conv | graph/conv',
    '4.00 ms | 80.0 % | ? | compute | Conv | graph/conv',
  ]);
});

it('lists nodes of both models with their kernels', () => {
  const node = { path: 'graph/conv', op: 'Conv', share: 0.5, gflops: null };
  const pairs: readonly NodePair[] = [
    {
      original: { ...node, ms: 4, ranAs: 'FusedConv' },
      variant: { ...node, ms: 1, op: 'QLinearConv' },
      differenceMs: -3,
    },
    { original: { ...node, ms: null }, variant: { ...node, ms: 1 }, differenceMs: 1 },
    { variant: { ...node, path: null, op: 'Transpose', ms: 0.5 }, differenceMs: 0.5 },
  ];
  expect(linesOf(describeNodePairs(pairs))).toEqual([
    'Nodes of both models, the largest differences first: 2 of 3 are slower in the variant.',
    'original | variant | difference',
    '4.00 ms | 1.00 ms | −3.00 ms | FusedConv → QLinearConv | graph/conv',
    'fused | 1.00 ms | +1.00 ms | Conv | graph/conv',
    'missing | 500 µs | +500 µs | Transpose | added by the runtime',
  ]);
});
