/**
 * The roofline of a device (Williams, Waterman and Patterson 2009) with the nodes of a model under it. The limit of a node
 * follows from its measured time and from its work, which its shapes determine.
 */
import type { InspectedNode } from '../analysis/inspection';
import type { ExecutionProvider } from '../metrics/cell';
import type { NodeTimes } from '../metrics/node-time';

/** Limits of an execution provider on a device, measured with small models. */
export interface Roof {
  readonly ep: ExecutionProvider;
  /** WASM threads. */
  readonly threads: number;
  /** 10⁹ float32 operations a second, of a product of large matrices. */
  readonly peakGflops: number;
  /** 10⁹ bytes a second, of a sum of vectors that no cache holds. */
  readonly bandwidthGbps: number;
  /** Time that a node takes which computes one number. */
  readonly launchMs: number;
  /** The same in a profile, whose records take longer than such a node. */
  readonly profiledLaunchMs: number;
}

/**
 * `compute`: arithmetic; `memory`: reading and writing; `kernel`: neither is near, so another kernel could be faster; `overhead`:
 * starting the node; `copies`: moving values between CPU and GPU.
 */
export const limits = ['compute', 'memory', 'kernel', 'overhead', 'copies'] as const;
export type Limit = (typeof limits)[number];

export interface RooflineNode {
  /** The path from `inspect`. A copy has the operator of the runtime instead, such as `MemcpyToHost`. */
  readonly path: string;
  readonly op: string;
  /** Median of a run. */
  readonly ms: number;
  /** Share of the time of all kernels, from 0 to 1. */
  readonly share: number;
  /** 10⁹ operations a second; `null` if the operations of the node are not known. */
  readonly gflops: number | null;
  /** Operations for each byte that is read or written; `null` if either is not known. */
  readonly intensity: number | null;
  readonly limit: Limit;
  /** The least time that the roof allows, as a share of its time, from 0 to 1; `null` if it is not known. */
  readonly reached: number | null;
  /** Elements of its weights. */
  readonly parameters: number;
}

export type NodeCost = Pick<InspectedNode, 'path' | 'flops' | 'bytes' | 'parameters' | 'inBody'>;

/** A roof limits a node if the node takes at least this share of its time there. */
const leastNearShare = 0.4;
/**
 * The same for a node that streams more bytes than a cache holds. The runtime takes new memory for its output in each run, which the
 * roof does not show.
 */
const leastStreamShare = 0.15;
const streamedBytes = 16e6;
/** A node is limited by its start if it takes at most this many starts; more if its work takes less than one start, since kernels differ. */
const [mostLaunches, mostLaunchesOfTiny] = [2, 20];

export interface PlacedNodes {
  /** Slowest first. */
  readonly nodes: readonly RooflineNode[];
  /** All kernels of a run together, those of unknown nodes too. */
  readonly sumMs: number;
}

/**
 * Finds the limits of nodes of the main graph, which include the nodes inside them. Nodes that did not run on their own and nodes
 * of unknown work are left out. The time that the profile adds to a node is subtracted.
 *
 * @param costs from an inspection with the sizes that were run.
 */
export function placeNodes(times: NodeTimes, costs: readonly NodeCost[], roof: Roof): PlacedNodes {
  const addedMs = Math.max(0, roof.profiledLaunchMs - roof.launchMs);
  const costOf = new Map(costs.map((cost) => [cost.path, cost]));
  const ran = times.nodes.flatMap(({ path, op, medianMs }) => {
    const cost = costOf.get(path);
    if (medianMs === null || cost?.inBody === true) return [];
    return [{ path, op, cost, ms: Math.max(roof.launchMs, medianMs - addedMs) }];
  });
  const added = times.unattributed.map(({ op, medianMs, kernels }) => ({
    op,
    ms: Math.max(0, medianMs - kernels * addedMs),
  }));
  const sumMs = [...ran, ...added].reduce((sum, { ms }) => sum + ms, 0);
  const placed = ran.flatMap(({ path, op, cost, ms }): RooflineNode[] => {
    const limit = cost === undefined ? null : limitOf(cost, ms, roof);
    if (cost === undefined || limit === null) return [];
    const { flops, bytes, parameters } = cost;
    return [
      {
        ...{ path, op, ms, share: ms / sumMs, limit, parameters, reached: reachedOf(cost, ms, roof) },
        gflops: flops === null || ms === 0 ? null : flops / ms / 1e6,
        intensity: flops === null || !bytes ? null : flops / bytes,
      },
    ];
  });
  const copies = added.flatMap(({ op, ms }): RooflineNode[] =>
    isCopy(op) ? [{ ...unknown, path: op, op, ms, share: ms / sumMs, limit: 'copies', parameters: 0 }] : [],
  );
  return { nodes: [...placed, ...copies].sort((a, b) => b.ms - a.ms), sumMs };
}

const unknown = { gflops: null, intensity: null, reached: null } as const;

/** The names that onnxruntime gives to nodes that it adds between providers. */
function isCopy(op: string): boolean {
  return op.startsWith('Memcpy');
}

/** Times that the roofs of arithmetic and of memory allow, in ms. Work that is not known takes none. */
function roofTimes({ flops, bytes }: Pick<NodeCost, 'flops' | 'bytes'>, { peakGflops, bandwidthGbps }: Roof) {
  return { computeMs: (flops ?? 0) / peakGflops / 1e6, memoryMs: (bytes ?? 0) / bandwidthGbps / 1e6 };
}

/** The least time that the roof allows, in ms. Work that is not known takes none. */
export function leastMs(cost: Pick<NodeCost, 'flops' | 'bytes'>, roof: Roof): number {
  const { computeMs, memoryMs } = roofTimes(cost, roof);
  return Math.max(computeMs, memoryMs);
}

function reachedOf(cost: Pick<NodeCost, 'flops' | 'bytes'>, ms: number, roof: Roof): number | null {
  // Data in a cache exceeds the roof of memory.
  return cost.flops === null || ms === 0 ? null : Math.min(1, leastMs(cost, roof) / ms);
}

/**
 * Finds the limit of a node. It is the launch if the node takes hardly longer, or if its work takes less than a launch. It is
 * memory or arithmetic if that roof explains much of the time. Otherwise it is the kernel. `null` if neither its operations nor its bytes
 * are known.
 */
export function limitOf(cost: Pick<NodeCost, 'flops' | 'bytes'>, ms: number, roof: Roof): Limit | null {
  const { flops, bytes } = cost;
  const { computeMs, memoryMs } = roofTimes(cost, roof);
  if (ms <= mostLaunches * roof.launchMs) return 'overhead';
  if (flops === null && bytes === null) return null;
  const isTiny = flops !== null && bytes !== null && Math.max(computeMs, memoryMs) <= roof.launchMs;
  if (isTiny && ms <= mostLaunchesOfTiny * roof.launchMs) return 'overhead';
  if (flops === 0) return 'memory';
  const ownMs = ms - roof.launchMs;
  if (memoryMs > computeMs) {
    const least = (bytes ?? 0) >= streamedBytes ? leastStreamShare : leastNearShare;
    return memoryMs >= least * ownMs ? 'memory' : 'kernel';
  }
  return computeMs >= leastNearShare * ownMs ? 'compute' : 'kernel';
}

/** The most that a node of this intensity can reach, in 10⁹ operations a second. */
export function roofAt({ peakGflops, bandwidthGbps }: Roof, intensity: number): number {
  return Math.min(peakGflops, bandwidthGbps * intensity);
}

/** Times vary, so a node may exceed the roof of arithmetic by this factor. */
const mostOfRoof = 1.2;
/** A node with less of the time says little about the roof. */
const leastShareOfRoof = 0.01;

/**
 * True if a node computes faster than the roof allows. Other programs then ran while the roof was measured. The roof of
 * memory does not count, because a node that works in a cache exceeds it.
 */
export function isRoofTooLow({ peakGflops }: Roof, nodes: readonly RooflineNode[]): boolean {
  return nodes.some(
    ({ limit, gflops, share }) =>
      limit === 'compute' && share >= leastShareOfRoof && gflops !== null && gflops > mostOfRoof * peakGflops,
  );
}

export const roofTooLow = 'Nodes exceed the roof, because other programs ran when it was measured. Measure again.';
