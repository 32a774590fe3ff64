/** Describes the bottleneck of a model and a remedy, from measurements only. */
import { formatCounted, formatFirst, formatNumber, formatPercent } from '../format';
import type { Limit, RooflineNode } from './roofline';

export interface ProfiledRun {
  /** Slowest first. */
  readonly nodes: readonly RooflineNode[];
  /** All kernels of a run together, those of unknown nodes too. */
  readonly sumMs: number;
  /** Time of a run outside its kernels: starting it, feeding inputs, reading outputs. */
  readonly outsideMs: number;
}

/** A recipe that removes channels from the slow nodes, with the estimated gain. */
export interface Remedy {
  readonly paths: readonly string[];
  /** Share of the channels of each. */
  readonly removed: number;
  /** Estimated time of the model ÷ time of the variant. */
  readonly ratio: number;
}

export interface Bottleneck {
  readonly sentence: string;
  readonly limit: Limit;
  /** Share of the nodes that the sentence names in the time of a run, from 0 to 1. */
  readonly share: number;
  /** Paths of these nodes, slowest first. Empty: the time passes outside of nodes. */
  readonly paths: readonly string[];
  /** Absent if no remedy is known for them. */
  readonly remedy?: Remedy;
}

/** Operators whose output channels can be removed. */
const prunable = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
const removedShare = 0.25;
/** An estimate below this is lost in noise. */
const leastRatio = 1.05;
/** The sentence names the fewest nodes with this share of the time of their kind. */
const namedShare = 0.8;
/** An operator with this share of the time of a limit represents it. */
const leadingShare = 0.5;
const mostOperatorsNamed = 3;

const limitWords: Readonly<Record<Limit, string>> = {
  compute: 'limited by arithmetic',
  memory: 'limited by memory',
  kernel: 'limited by the kernel',
  overhead: 'limited by the cost of starting nodes',
  copies: 'limited by copies between CPU and GPU',
};

/**
 * Finds the limit with most of a run's time, the nodes with that time, and the gain of a change to them. Time outside of nodes counts as
 * overhead. `null`: nothing was measured.
 */
export function findBottleneck({ nodes, sumMs, outsideMs }: ProfiledRun): Bottleneck | null {
  const totalMs = sumMs + outsideMs;
  if (totalMs <= 0) return null;
  const groups = groupBy('limit', nodes);
  const msOf = (limit: Limit): number => sumOf(groups.get(limit) ?? []) + (limit === 'overhead' ? outsideMs : 0);
  const candidates: readonly Limit[] = [...groups.keys(), ...(outsideMs > 0 ? (['overhead'] as const) : [])];
  const [limit] = candidates.toSorted((a, b) => msOf(b) - msOf(a));
  if (limit === undefined) return null;
  const group = groups.get(limit) ?? [];
  if (limit === 'overhead' && outsideMs > sumOf(group)) return outsideOfNodes(outsideMs / totalMs);
  const named = nameNodes(limit, group);
  const share = sumOf(named) / totalMs;
  const remedy = remedyFor(named, totalMs);
  const sentences = [
    `${formatPercent(share, 0)} of the time is in ${describeNodes(named)}, ${limitWords[limit]}${describeReached(limit, named)}.`,
    adviceFor(limit, named, share, remedy),
  ];
  return {
    sentence: sentences.filter((sentence) => sentence !== '').join(' '),
    limit,
    share,
    paths: named.map(({ path }) => path),
    ...(remedy && { remedy }),
  };
}

function groupBy<Key extends 'limit' | 'op'>(
  key: Key,
  nodes: readonly RooflineNode[],
): ReadonlyMap<RooflineNode[Key], readonly RooflineNode[]> {
  const groups = new Map<RooflineNode[Key], RooflineNode[]>();
  for (const node of nodes) {
    const group = groups.get(node[key]);
    if (group) group.push(node);
    else groups.set(node[key], [node]);
  }
  return groups;
}

function sumOf(nodes: readonly RooflineNode[]): number {
  return nodes.reduce((sum, { ms }) => sum + ms, 0);
}

function outsideOfNodes(share: number): Bottleneck {
  return {
    sentence: `${formatPercent(share, 0)} of the time passes outside of nodes: in starting the run, feeding inputs and reading outputs.`,
    limit: 'overhead',
    share,
    paths: [],
  };
}

/** Returns the fewest nodes with most of the time: of one operator if it takes half of it, else of all. */
function nameNodes(limit: Limit, group: readonly RooflineNode[]): readonly RooflineNode[] {
  if (limit === 'overhead' || limit === 'copies') return group;
  const [leading] = [...groupBy('op', group).values()].toSorted((a, b) => sumOf(b) - sumOf(a));
  const isLeading = leading !== undefined && sumOf(leading) >= leadingShare * sumOf(group);
  return fewestThatHold(namedShare, isLeading ? leading : group);
}

function fewestThatHold(share: number, nodes: readonly RooflineNode[]): readonly RooflineNode[] {
  const sorted = nodes.toSorted((a, b) => b.ms - a.ms);
  const wantedMs = share * sumOf(nodes);
  let heldMs = 0;
  const last = sorted.findIndex(({ ms }) => (heldMs += ms) >= wantedMs);
  return sorted.slice(0, last + 1);
}

function describeNodes(nodes: readonly RooflineNode[]): string {
  const operators = [...new Set(nodes.map(({ op }) => op))];
  const [only] = operators;
  if (operators.length === 1) return formatCounted(nodes.length, `${only} node`);
  return `${formatCounted(nodes.length, 'node')} (${formatFirst(operators, mostOperatorsNamed)})`;
}

/** `: 12 % of what this device can do`, where another kernel could be faster. */
function describeReached(limit: Limit, nodes: readonly RooflineNode[]): string {
  const reached = limit === 'kernel' ? meanReached(nodes) : null;
  return reached === null ? '' : `: ${formatPercent(reached, 0)} of what this device can do`;
}

/** The mean over nodes by their time; `null`: it is not known of any. */
function meanReached(nodes: readonly RooflineNode[]): number | null {
  const known = nodes.filter(({ reached }) => reached !== null);
  return known.length === 0 ? null : known.reduce((sum, { reached, ms }) => sum + reached! * ms, 0) / sumOf(known);
}

/** The operator with most of the time of all nodes. `null`: no node was timed. */
export function slowestOperator(
  nodes: readonly RooflineNode[],
): { readonly op: string; readonly share: number; readonly reached: number | null } | null {
  const [slowest] = [...groupBy('op', nodes)].toSorted(([, a], [, b]) => sumOf(b) - sumOf(a));
  if (slowest === undefined) return null;
  const [op, own] = slowest;
  return { op, share: own.reduce((sum, { share }) => sum + share, 0), reached: meanReached(own) };
}

/**
 * The estimate: a node with weights loses the same share of its time as of its channels, because its operations, weights
 * and outputs do. A product of two activations, as in attention, has no channels of its own.
 */
function remedyFor(nodes: readonly RooflineNode[], totalMs: number): Remedy | undefined {
  const narrowed = nodes.filter(
    ({ op, parameters, limit }) =>
      prunable.has(op) && parameters > 0 && (limit === 'compute' || limit === 'memory' || limit === 'kernel'),
  );
  const ratio = 1 / (1 - (removedShare * sumOf(narrowed)) / totalMs);
  if (ratio < leastRatio) return undefined;
  return { paths: narrowed.map(({ path }) => path), removed: removedShare, ratio };
}

function adviceFor(limit: Limit, named: readonly RooflineNode[], share: number, remedy: Remedy | undefined): string {
  if (remedy) {
    const { paths, removed, ratio } = remedy;
    const whose = paths.length === named.length ? 'their channels' : `the channels of ${paths.length} of them`;
    return `Removing ${formatPercent(removed, 0)} of ${whose} would give about ${formatNumber(ratio, 2)}×.`;
  }
  if (limit === 'overhead') return 'Fewer nodes would help.';
  if (limit === 'copies') return `Without copies the model would be up to ${formatNumber(1 / (1 - share), 2)}× faster.`;
  return '';
}
