import { describe, expect, it } from 'vitest';
import type { NodeTimes } from '../metrics/node-time';
import { createSeededRandom } from '../seeded-random';
import { findBottleneck, type Bottleneck } from './bottleneck';
import { placeNodes, type Limit, type NodeCost, type Roof } from './roofline';

const roof: Roof = {
  ep: 'wasm',
  threads: 1,
  peakGflops: 20,
  bandwidthGbps: 10,
  launchMs: 0.002,
  profiledLaunchMs: 0.006,
};

/** The work of a node, which decides the limit of its time. */
interface MadeNode {
  readonly op: string;
  readonly flops: number;
  readonly bytes: number;
  readonly parameters?: number;
  /** Time of a kernel that is far from the roof, such as one that computes exponentials. Absent: that of the roof. */
  readonly ms?: number;
}

interface MadeModel {
  readonly name: string;
  readonly limit: Limit;
  readonly nodes: readonly MadeNode[];
  readonly copiesMs?: number;
  readonly outsideMs?: number;
}

const megabyte = 1e6;
const repeat = (count: number, node: MadeNode): MadeNode[] => Array.from({ length: count }, () => node);
const relu: MadeNode = { op: 'Relu', flops: 200_704, bytes: 1.6 * megabyte };
const conv: MadeNode = { op: 'Conv', flops: 231e6, bytes: 1.75 * megabyte, parameters: 36_864 };
const tiny: MadeNode = { op: 'Add', flops: 64, bytes: 768 };

/** The limit of each follows from how it is made: which part of the device takes most of its time. */
const models: readonly MadeModel[] = [
  { name: 'convolutions', limit: 'compute', nodes: [...repeat(10, conv), ...repeat(10, relu)] },
  {
    name: 'products of large matrices',
    limit: 'compute',
    nodes: repeat(12, { op: 'MatMul', flops: 67e6, bytes: 1.6 * megabyte, parameters: 262_144 }),
  },
  {
    name: 'narrow convolutions',
    limit: 'compute',
    nodes: [...repeat(20, { op: 'Conv', flops: 6.4e6, bytes: 1.6 * megabyte, parameters: 256 }), ...repeat(4, relu)],
  },
  {
    name: 'exponentials',
    limit: 'kernel',
    nodes: [...repeat(6, { op: 'Softmax', flops: 1e6, bytes: 1 * megabyte, ms: 2 }), ...repeat(10, relu)],
  },
  {
    name: 'one sample through large weights',
    limit: 'memory',
    nodes: repeat(6, { op: 'Gemm', flops: 33.5e6, bytes: 67 * megabyte, parameters: 16_777_216 }),
  },
  { name: 'sums of large tensors', limit: 'memory', nodes: [...repeat(80, relu), conv] },
  {
    name: 'moves',
    limit: 'memory',
    nodes: [...repeat(12, { op: 'Transpose', flops: 0, bytes: 3.2 * megabyte }), ...repeat(2, tiny)],
  },
  { name: 'an unrolled loop', limit: 'overhead', nodes: [...repeat(400, tiny), { ...conv, flops: 2e6, bytes: 2e5 }] },
  {
    name: 'exponentials of few numbers',
    limit: 'overhead',
    nodes: repeat(300, { op: 'Erf', flops: 40, bytes: 32, ms: 0.009 }),
  },
  {
    name: 'one product of two large vectors',
    limit: 'memory',
    nodes: [{ op: 'Mul', flops: 8e6, bytes: 96e6, ms: 40 }],
  },
  {
    name: 'depthwise convolutions',
    limit: 'kernel',
    nodes: repeat(8, { op: 'Conv', flops: 8e6, bytes: 3.6e6, parameters: 1296, ms: 6 }),
  },
  { name: 'a small model', limit: 'overhead', nodes: repeat(5, tiny), outsideMs: 0.2 },
  { name: 'nodes on two processors', limit: 'copies', nodes: [conv, ...repeat(4, relu)], copiesMs: 30 },
];

/** Times that a device with this roof would measure: with kernels of 60 to 95 % of the roof, and 5 % noise. */
function profileOf({ nodes, copiesMs = 0, outsideMs = 0 }: MadeModel, seed: number) {
  const random = createSeededRandom(seed);
  const between = (low: number, high: number): number => low + random.next() * (high - low);
  const timeOf = ({ flops, bytes, ms }: MadeNode): number => {
    const kernelMs =
      ms ??
      Math.max(
        flops / (roof.peakGflops * between(0.6, 0.95)) / 1e6,
        bytes / (roof.bandwidthGbps * between(0.6, 0.95)) / 1e6,
      );
    return (kernelMs + roof.launchMs) * between(0.95, 1.05);
  };
  const addedMs = roof.profiledLaunchMs - roof.launchMs;
  const timed = nodes.map((node, index) => ({
    path: `graph/${node.op}_${index}`,
    ...node,
    ms: timeOf(node) + addedMs,
  }));
  const sumMs = timed.reduce((sum, { ms }) => sum + ms, copiesMs);
  const times: NodeTimes = {
    runs: 12,
    sumMs,
    nodes: timed.map(({ path, op, ms }) => ({ path, op, medianMs: ms, share: ms / sumMs })),
    unattributed:
      copiesMs === 0
        ? []
        : [{ op: 'MemcpyToHost', provider: 'WebGpu', kernels: 6, medianMs: copiesMs, share: copiesMs / sumMs }],
  };
  const costs: NodeCost[] = timed.map(({ path, flops, bytes, parameters = 0 }) => ({ path, flops, bytes, parameters }));
  return { ...placeNodes(times, costs, roof), outsideMs };
}

describe('the bottleneck', () => {
  it('is right on all but one at most of the models whose limit is known by construction', () => {
    for (let seed = 0; seed < 5; seed++) {
      const right = models.filter((model) => findBottleneck(profileOf(model, seed))?.limit === model.limit);
      expect(right.length, `seed ${seed}`).toBeGreaterThanOrEqual(models.length - 1);
    }
  });

  const found = (name: string): Bottleneck =>
    findBottleneck(
      profileOf(
        models.find((model) => model.name === name)!,
        0,
      ),
    )!;

  it('names the nodes, their share and the gain of fewer channels', () => {
    const { sentence, share, remedy, paths } = found('convolutions');
    expect(sentence).toMatch(/^\d\d\s% of the time is in \d+ Conv nodes, limited by arithmetic\. Removing 25\s% of/u);
    expect(paths.every((path) => path.startsWith('graph/Conv'))).toBe(true);
    expect(remedy).toEqual({ paths, removed: 0.25, ratio: 1 / (1 - 0.25 * share) });
    expect(sentence).toContain(`about ${Number(remedy!.ratio.toPrecision(2))}×.`);
  });

  it('names the fewest nodes that hold most of the time', () => {
    const slow = { ...conv, flops: 40 * conv.flops };
    const run = profileOf({ name: '', limit: 'compute', nodes: [slow, ...repeat(8, conv), ...repeat(3, relu)] }, 1);
    expect(findBottleneck(run)?.paths).toEqual(['graph/Conv_0']);
  });

  it('counts only nodes with weights in the gain of fewer channels', () => {
    const layer: MadeNode = { op: 'MatMul', flops: 67e6, bytes: 1.6 * megabyte, parameters: 262_144 };
    const attention: MadeNode = { op: 'MatMul', flops: 67e6, bytes: 1.6 * megabyte };
    const nodes = [...repeat(6, layer), ...repeat(2, attention)];
    const run = profileOf({ name: 'transformer', limit: 'compute', nodes }, 0);
    const { sentence, remedy, paths } = findBottleneck(run)!;
    const withWeights = paths.filter((path) => Number(path.split('_')[1]) < 6);
    expect(remedy?.paths).toEqual(withWeights);
    expect(withWeights.length).toBeLessThan(paths.length);
    expect(sentence).toContain(`of the channels of ${withWeights.length} of them would give about`);
    const shares = run.nodes.filter(({ path }) => withWeights.includes(path)).map(({ ms }) => ms / run.sumMs);
    expect(remedy?.ratio).toBeCloseTo(1 / (1 - 0.25 * shares.reduce((sum, share) => sum + share, 0)), 6);
  });

  it('offers nothing for nodes without channels', () => {
    for (const name of ['moves', 'exponentials', 'sums of large tensors', 'an unrolled loop', 'a small model']) {
      expect(found(name).remedy, name).toBeUndefined();
    }
  });

  it('reports the reached share of the device if no roof is near', () => {
    expect(found('depthwise convolutions').sentence).toMatch(
      /7 Conv nodes, limited by the kernel: 7\s% of what this device can do\. Removing/u,
    );
  });

  it('reports time outside of nodes and the cost of copies', () => {
    expect(found('a small model').sentence).toMatch(/^\d\d\s% of the time passes outside of nodes/u);
    expect(found('nodes on two processors').sentence).toMatch(
      /limited by copies between CPU and GPU\. Without copies/u,
    );
  });

  it('is null without measurements', () => {
    expect(findBottleneck({ nodes: [], sumMs: 0, outsideMs: 0 })).toBeNull();
  });
});
