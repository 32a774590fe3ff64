/** Time of each node of a model, from the kernels that a runtime ran for it. */
import { marksIn, type MarkedNode } from '../onnx/parts/mark-nodes';
import { median } from './quantile';

/** One kernel that a runtime ran, with its time in each run. */
export interface KernelTime {
  /** The runtime's name of the node, after fusions. */
  readonly name: string;
  /** The operator that ran: `FusedConv` if a Conv and its activation became one. */
  readonly op: string;
  readonly provider: string;
  /** One entry for each run, in order. Repeats of a loop within a run are added up. */
  readonly microseconds: readonly number[];
}

export interface NodeTime {
  /** The path of the node, as `inspect` reports it. */
  readonly path: string;
  readonly op: string;
  /**
   * Median over the runs, in ms, with whatever was fused into the node. `null` for a node that did not run on its own.
   * It was fused into another one, was computed at load time, or is in a branch that was not taken.
   */
  readonly medianMs: number | null;
  /** `medianMs` as a fraction of `sumMs`. The share of a node in a loop is part of the loop's. */
  readonly share: number | null;
  /** The operator that ran in its place, if it is another one: others were fused with it. */
  readonly ranAs?: string;
  /** The provider that ran it. */
  readonly provider?: string;
}

/** Kernels without a known node: those that a runtime added, and fusions that it gave a new name. */
export interface UnattributedTime {
  readonly op: string;
  readonly provider: string;
  readonly kernels: number;
  readonly medianMs: number;
  readonly share: number;
}

export interface NodeTimes {
  readonly runs: number;
  /** Sum of the medians of nodes, and of kernels without a node, in ms. Shares of nodes are shares of this sum. */
  readonly sumMs: number;
  /** The nodes in the order of the file. */
  readonly nodes: readonly NodeTime[];
  /** Slowest first. */
  readonly unattributed: readonly UnattributedTime[];
}

interface Tally {
  readonly microseconds: number[];
  readonly ops: Set<string>;
  provider: string;
}

/**
 * Sums the times of kernels by node. A kernel counts for the node whose mark its name carries. With several marks (of
 * an inlined function) it counts for each node, and once in the sum. Kernels inside a node that ran as a whole, such as
 * the body of a loop, are part of its time. They are not added to the sum again.
 */
export function attributeTimes(nodes: readonly MarkedNode[], kernels: readonly KernelTime[]): NodeTimes {
  const runs = Math.max(0, ...kernels.map(({ microseconds }) => microseconds.length));
  const tallies = new Map<number, Tally>();
  const others = new Map<string, { op: string; kernels: number; tally: Tally }>();
  const marked: MarkedKernel[] = [];
  for (const kernel of kernels) {
    const marks = marksIn(kernel.name).filter((mark) => mark < nodes.length);
    for (const mark of marks) addTo(tallyOf(tallies, mark, runs), kernel);
    if (marks.length > 0) {
      marked.push({ kernel, mark: marks[0]! });
      continue;
    }
    const key = `${kernel.provider}/${kernel.op}`;
    const other = others.get(key) ?? { op: kernel.op, kernels: 0, tally: emptyTally(runs) };
    others.set(key, other);
    other.kernels++;
    addTo(other.tally, kernel);
  }
  const counted = marked.filter(({ mark }) => !isInside(nodes, mark, tallies));
  const sumMs = [...talliesOf(counted, runs), ...[...others.values()].map(({ tally }) => tally)].reduce(
    (sum, { microseconds }) => sum + medianMs(microseconds),
    0,
  );
  const shareOf = (ms: number): number => (sumMs === 0 ? 0 : ms / sumMs);
  return {
    runs,
    sumMs,
    nodes: nodes.map((node, index) => timeOfNode(node, tallies.get(index), shareOf)),
    unattributed: [...others.values()]
      .map(({ op, kernels: count, tally }) => {
        const ms = medianMs(tally.microseconds);
        return { op, provider: tally.provider, kernels: count, medianMs: ms, share: shareOf(ms) };
      })
      .sort((a, b) => b.medianMs - a.medianMs),
  };
}

/** A kernel with the first of its marks. */
interface MarkedKernel {
  readonly kernel: KernelTime;
  readonly mark: number;
}

/** Each kernel once, however many marks its name carries. */
function talliesOf(marked: readonly MarkedKernel[], runs: number): readonly Tally[] {
  const tallies = new Map<number, Tally>();
  for (const { kernel, mark } of marked) addTo(tallyOf(tallies, mark, runs), kernel);
  return [...tallies.values()];
}

function emptyTally(runs: number): Tally {
  return { microseconds: Array.from({ length: runs }, () => 0), ops: new Set(), provider: '' };
}

function tallyOf(tallies: Map<number, Tally>, mark: number, runs: number): Tally {
  const tally = tallies.get(mark) ?? emptyTally(runs);
  tallies.set(mark, tally);
  return tally;
}

function addTo(tally: Tally, { op, provider, microseconds }: KernelTime): void {
  microseconds.forEach((time, run) => (tally.microseconds[run]! += time));
  tally.ops.add(op);
  tally.provider ||= provider;
}

/** True when a node around this one ran as a kernel itself: a loop or a branch. */
function isInside(nodes: readonly MarkedNode[], mark: number, ran: ReadonlyMap<number, Tally>): boolean {
  for (let at = nodes[mark]?.holder; at !== undefined; at = nodes[at]?.holder) {
    if (ran.has(at)) return true;
  }
  return false;
}

function timeOfNode({ path, op }: MarkedNode, tally: Tally | undefined, shareOf: (ms: number) => number): NodeTime {
  if (tally === undefined) return { path, op, medianMs: null, share: null };
  const ms = medianMs(tally.microseconds);
  const ranAs = [...tally.ops].filter((ran) => ran !== op).join(', ');
  return { path, op, medianMs: ms, share: shareOf(ms), ...(ranAs !== '' && { ranAs }), provider: tally.provider };
}

function medianMs(microseconds: readonly number[]): number {
  return microseconds.length === 0 ? 0 : median(microseconds) / 1000;
}
