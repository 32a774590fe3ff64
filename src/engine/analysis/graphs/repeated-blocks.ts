/** Parts of a graph that come again and again: layers of a transformer, stages of a residual network. */
import { longestRepeats, type Repeat } from './tandem-repeats';

/** A node as far as a repetition has to agree. */
export interface BlockNode {
  /** Operator, attributes, shapes of weights: nodes that may stand for each other have the same. */
  readonly signature: string;
  /** The position of the node that computes each input; -1 for constants and for values from outside the graph. */
  readonly sources: readonly number[];
  /** The name of the node in the file; may be empty. */
  readonly name: string;
}

export interface RepeatedBlock {
  /** Positions of its nodes: from `start` up to, not including, `end`. */
  readonly start: number;
  readonly end: number;
  /** The number of the repetition in the graph, from zero; the place of the block in it, and the number of its blocks. */
  readonly repetition: number;
  readonly place: number;
  readonly count: number;
  /** The common start of its nodes' names, if no other block of the repetition has it; otherwise empty. */
  readonly name: string;
}

/** Hiding fewer nodes than this does not make a graph easier to read. */
const leastHidden = 4;

/**
 * Finds runs of neighboring blocks with the same signatures and inner edges, node by node in the order of the file. A
 * block has at least two nodes, and every edge leads forwards. Blocks do not overlap. Runs that cover most come first,
 * and among equal ones those with the smaller block. A run is cut where the fewest values pass from one block to the
 * next. Blocks then have one way in and one way out if that is possible. Deterministic, in O(n log² n). Returns the
 * runs found so far after `deadlineMs`.
 */
export function repeatedBlocks(
  nodes: readonly BlockNode[],
  { deadlineMs }: { readonly deadlineMs: number },
): RepeatedBlock[] {
  const repeats = longestRepeats(
    nodes.map(({ signature }) => signature),
    deadlineMs,
  );
  const crossing = valuesAcross(nodes);
  const runs = choose(repeats).flatMap((repeat) => wiredAlike(nodes, bestPhase(repeat, crossing)));
  const worthwhile = runs.filter(({ count, period }) => count >= 2 && count * (period - 1) >= leastHidden);
  worthwhile.sort((a, b) => a.start - b.start);
  return worthwhile.flatMap((run, repetition) => blocksOf(nodes, run, repetition));
}

interface Run {
  readonly start: number;
  readonly period: number;
  readonly count: number;
}

/**
 * Chooses the best of all repeats, then the best of the rest on both sides of it, and so on. Groups that do not overlap
 * are handled separately. A graph may have thousands of repeats, and scanning all of them each time would take seconds.
 */
function choose(repeats: readonly Repeat[]): Repeat[] {
  const chosen: Repeat[] = [];
  const open = groupOverlapping(repeats.toSorted((a, b) => a.start - b.start));
  for (let group = open.pop(); group !== undefined; group = open.pop()) {
    const best = group.reduce((least, repeat) => (isBetter(repeat, least) ? repeat : least));
    chosen.push(best);
    const others = group.filter((repeat) => repeat !== best);
    for (const side of [clip(others, 0, best.start), clip(others, best.end, Infinity)])
      for (const apart of groupOverlapping(side)) open.push(apart);
  }
  return chosen;
}

/** Groups of which none reaches into another; `repeats` by their start, as the groups have them. */
function groupOverlapping(repeats: readonly Repeat[]): Repeat[][] {
  const groups: Repeat[][] = [];
  let reached = 0;
  for (const repeat of repeats) {
    const group = repeat.start < reached ? groups.at(-1) : undefined;
    if (group) group.push(repeat);
    else groups.push([repeat]);
    reached = Math.max(reached, repeat.end);
  }
  return groups;
}

/** Cuts repeats to a stretch, and keeps those that still repeat there. */
function clip(repeats: readonly Repeat[], from: number, to: number): Repeat[] {
  return repeats
    .map(({ start, end, period }) => ({ start: Math.max(start, from), end: Math.min(end, to), period }))
    .filter(({ start, end, period }) => end - start >= 2 * period);
}

function isBetter(a: Repeat, b: Repeat): boolean {
  const [coveredA, coveredB] = [covered(a), covered(b)];
  if (coveredA !== coveredB) return coveredA > coveredB;
  return a.period === b.period ? a.start < b.start : a.period < b.period;
}

function covered({ start, end, period }: Repeat): number {
  return Math.floor((end - start) / period) * period;
}

/** Counts for each position the values that are computed before it and read at it or later. */
function valuesAcross(nodes: readonly BlockNode[]): Int32Array {
  const lastReader = new Int32Array(nodes.length).fill(-1);
  nodes.forEach(({ sources }, at) => {
    for (const source of sources) if (source >= 0) lastReader[source] = Math.max(lastReader[source]!, at);
  });
  const change = new Int32Array(nodes.length + 2);
  lastReader.forEach((reader, source) => {
    if (reader < 0) return;
    change[source + 1]! += 1;
    change[reader + 1]! -= 1;
  });
  for (let at = 1; at < change.length; at++) change[at]! += change[at - 1]!;
  return change;
}

/** Fewest values at the worst of its cuts, then most blocks, then the first. */
function bestPhase({ start, end, period }: Repeat, crossing: Int32Array): Run {
  let best: Run | null = null;
  let least = Infinity;
  for (let phase = start; phase < start + period; phase++) {
    const count = Math.floor((end - phase) / period);
    if (count < 2) continue;
    let most = 0;
    for (let cut = 1; cut < count; cut++) most = Math.max(most, crossing[phase + cut * period]!);
    if (most < least || (most === least && count > best!.count))
      [best, least] = [{ start: phase, period, count }, most];
  }
  return best ?? { start, period, count: 0 };
}

/** Parts of a run whose blocks are joined in the same way inside. */
function wiredAlike(nodes: readonly BlockNode[], { start, period, count }: Run): Run[] {
  const runs: Run[] = [];
  for (let first = 0; first < count;) {
    let next = first + 1;
    const left = start + first * period;
    while (next < count && isSameInside(nodes, left, start + next * period, period)) next += 1;
    runs.push({ start: left, period, count: next - first });
    first = next;
  }
  return runs;
}

function isSameInside(nodes: readonly BlockNode[], a: number, b: number, period: number): boolean {
  const placeIn = (source: number, start: number): number => (source >= start ? source - start : -1);
  for (let at = 0; at < period; at++) {
    const [left, right] = [nodes[a + at]!, nodes[b + at]!];
    if (left.signature !== right.signature || left.sources.length !== right.sources.length) return false;
    if (left.sources.some((source, input) => placeIn(source, a) !== placeIn(right.sources[input]!, b))) return false;
  }
  return true;
}

function blocksOf(nodes: readonly BlockNode[], { start, period, count }: Run, repetition: number): RepeatedBlock[] {
  const starts = Array.from({ length: count }, (_, place) => start + place * period);
  const names = starts.map((first) => commonName(nodes.slice(first, first + period).map(({ name }) => name)));
  return starts.map((first, place) => {
    const name = names[place]!;
    const isOwn = names.indexOf(name) === names.lastIndexOf(name);
    return { start: first, end: first + period, repetition, place, count, name: isOwn ? name : '' };
  });
}

/** Whole parts of the names: of `/layer.1/fc/MatMul` and `/layer.1/Add`, `layer.1`. */
function commonName(names: readonly string[]): string {
  const parts = names.map((name) => name.replace(/^\//, '').split(/(?<=\/)/));
  const shortest = parts.reduce((least, { length }) => Math.min(least, length - 1), Infinity);
  let common = 0;
  while (common < shortest && parts.every((part) => part[common] === parts[0]![common])) common += 1;
  return parts[0]!.slice(0, common).join('').replace(/\/$/, '');
}
