import { describe, expect, it } from 'vitest';
import type { NodeTimes } from '../metrics/node-time';
import { isRoofTooLow, limitOf, placeNodes, roofAt, type NodeCost, type Roof, type RooflineNode } from './roofline';

const roof: Roof = {
  ep: 'wasm',
  threads: 1,
  peakGflops: 20,
  bandwidthGbps: 10,
  launchMs: 0.002,
  profiledLaunchMs: 0.002,
};

describe('the limit of a node', () => {
  it('is starting it, if it takes hardly longer', () => {
    expect(limitOf({ flops: 1e9, bytes: 1e9 }, 0.004, roof)).toBe('overhead');
  });

  it('is memory, if the bytes explain its time and more than its arithmetic does', () => {
    expect(limitOf({ flops: 1e6, bytes: 10e6 }, 1, roof)).toBe('memory');
    expect(limitOf({ flops: 30e6, bytes: 10e6 }, 2, roof)).toBe('compute');
    // At a tenth of the bandwidth something else takes the time.
    expect(limitOf({ flops: 1e6, bytes: 10e6 }, 10, roof)).toBe('kernel');
  });

  it('is memory for a node without arithmetic', () => {
    expect(limitOf({ flops: 0, bytes: 1e6 }, 10, roof)).toBe('memory');
  });

  it('is unknown without operations and bytes', () => {
    expect(limitOf({ flops: null, bytes: null }, 10, roof)).toBeNull();
  });
});

it('roofs arithmetic beyond the ridge and memory before it', () => {
  expect(roofAt(roof, 0.5)).toBe(5);
  expect(roofAt(roof, 100)).toBe(20);
});

it('is too low if a node computes faster than it allows', () => {
  const conv: RooflineNode = {
    ...{ path: 'graph/Conv_0', op: 'Conv', ms: 1, share: 0.5, gflops: 23, intensity: 40, limit: 'compute' as const },
    parameters: 100,
    reached: 1,
  };
  expect(isRoofTooLow(roof, [conv])).toBe(false);
  expect(isRoofTooLow(roof, [conv, { ...conv, gflops: 30 }])).toBe(true);
  // A short node, and one that works in a cache.
  expect(isRoofTooLow(roof, [{ ...conv, gflops: 30, share: 0.001 }])).toBe(false);
  expect(isRoofTooLow(roof, [{ ...conv, gflops: 30, limit: 'memory' }])).toBe(false);
});

it('places nodes of the main graph and copies, slowest first', () => {
  const times: NodeTimes = {
    runs: 3,
    sumMs: 10,
    nodes: [
      { path: 'graph/Relu_0', op: 'Relu', medianMs: 1, share: 0.1 },
      { path: 'graph/Conv_1', op: 'Conv', medianMs: 6, share: 0.6 },
      { path: 'graph/Loop_2.body/Add_0', op: 'Add', medianMs: 1, share: 0.1 },
      { path: 'graph/Identity_3', op: 'Identity', medianMs: null, share: null },
      { path: 'graph/Foo_4', op: 'Foo', medianMs: 1, share: 0.1 },
    ],
    unattributed: [
      { op: 'MemcpyToHost', provider: 'WebGpu', kernels: 2, medianMs: 2, share: 0.2 },
      { op: 'Transpose', provider: 'Cpu', kernels: 1, medianMs: 0.5, share: 0.05 },
    ],
  };
  const costs: NodeCost[] = [
    { path: 'graph/Relu_0', flops: 1e6, bytes: 8e6, parameters: 0 },
    { path: 'graph/Conv_1', flops: 90e6, bytes: 2e6, parameters: 100 },
    { path: 'graph/Loop_2.body/Add_0', flops: 1, bytes: 12, parameters: 0, inBody: true },
    { path: 'graph/Foo_4', flops: null, bytes: null, parameters: 0 },
  ];
  const { nodes, sumMs } = placeNodes(times, costs, roof);
  expect(sumMs).toBe(10.5);
  expect(nodes.map(({ share, ...node }) => ({ ...node, share: Math.round(share * 1050) / 1050 }))).toEqual([
    {
      ...{ path: 'graph/Conv_1', op: 'Conv', ms: 6, share: 600 / 1050, limit: 'compute', parameters: 100 },
      ...{ gflops: 15, intensity: 45, reached: 0.75 },
    },
    {
      ...{ path: 'MemcpyToHost', op: 'MemcpyToHost', ms: 2, share: 200 / 1050, limit: 'copies', parameters: 0 },
      ...{ gflops: null, intensity: null, reached: null },
    },
    {
      ...{ path: 'graph/Relu_0', op: 'Relu', ms: 1, share: 100 / 1050, limit: 'memory', parameters: 0 },
      ...{ gflops: 1, intensity: 0.125, reached: 0.8 },
    },
  ]);
});

it('subtracts the overhead of profiling per node, down to its launch time', () => {
  const slow = { ...roof, profiledLaunchMs: 0.007 };
  const times: NodeTimes = {
    ...{ runs: 3, sumMs: 1, unattributed: [{ op: 'Cast', provider: 'Cpu', kernels: 2, medianMs: 0.03, share: 0 }] },
    nodes: [
      { path: 'graph/Conv_0', op: 'Conv', medianMs: 0.105, share: 0.9 },
      { path: 'graph/Add_1', op: 'Add', medianMs: 0.006, share: 0.1 },
    ],
  };
  const costs: NodeCost[] = [
    { path: 'graph/Conv_0', flops: 1e6, bytes: 1e4, parameters: 1 },
    { path: 'graph/Add_1', flops: 1, bytes: 12, parameters: 0 },
  ];
  const { nodes, sumMs } = placeNodes(times, costs, slow);
  expect(nodes.map(({ ms }) => ms)).toEqual([0.1, 0.002].map((ms) => expect.closeTo(ms, 9) as number));
  expect(sumMs).toBeCloseTo(0.1 + 0.002 + 0.02, 9);
});
