/** Outputs that join values of very different ranges, as the boxes of a detector in pixels beside scores up to 1. */
import { isDefaultDomain } from '../../../onnx/traverse';
import type { Node, ValueName } from '../../../onnx/graph';
import type { ValueGraph } from './value-graph';
import type { ValueRange } from '../../../calibration/value-statistics';

/** The fewest of the 255 steps of a joined range that must fall within the range of each joined value. */
const fewestSteps = 32;
const stepsOfRange = 255;

/** Operators that give elements of their first input a new place. */
const movers = new Set(['Flatten', 'Identity', 'Reshape', 'Slice', 'Squeeze', 'Transpose', 'Unsqueeze']);

/**
 * Finds values on the way to an output that one 8-bit scale would ruin: a Concat joins values of which one covers fewer
 * than `fewestSteps` steps of the joined range. Scores beside pixels would all become zero. The joined value, and those
 * that only move it, must stay in float32. The joined values keep scales of their own. Inside a network, the error of
 * the outputs shows such a loss (`keep-close.ts`). In the error of the output itself, the larger values outweigh it.
 * @param nodes those that are quantized
 * @param ranges as chosen for the values; a value without one is not compared
 * @returns values by the Concat that joins them
 */
export function findMixedOutputs(
  nodes: readonly Node[],
  graph: ValueGraph,
  ranges: ReadonlyMap<ValueName, ValueRange>,
): ReadonlyMap<Node, ReadonlySet<ValueName>> {
  const finder = new MixedFinder(new Set(nodes), graph, ranges);
  for (const { name = '' } of graph.graph.outputs) finder.follow(name);
  return finder.found;
}

interface Joined {
  /** The least width of the ranges that are joined in a value. */
  readonly narrowest: number;
  /** The last Concat that joins them, if their ranges are too different for one scale. */
  readonly mixedBy?: Node;
}

class MixedFinder {
  readonly found = new Map<Node, Set<ValueName>>();
  readonly #quantized: ReadonlySet<Node>;
  readonly #graph: ValueGraph;
  readonly #ranges: ReadonlyMap<ValueName, ValueRange>;
  readonly #known = new Map<ValueName, Joined>();

  constructor(quantized: ReadonlySet<Node>, graph: ValueGraph, ranges: ReadonlyMap<ValueName, ValueRange>) {
    this.#quantized = quantized;
    this.#graph = graph;
    this.#ranges = ranges;
  }

  /** Follows a value back to those that it joins. */
  follow(name: ValueName): Joined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const joined = this.#join(name);
    this.#known.set(name, joined);
    if (joined.mixedBy !== undefined) {
      const values = this.found.get(joined.mixedBy) ?? new Set();
      this.found.set(joined.mixedBy, values.add(name));
    }
    return joined;
  }

  #join(name: ValueName): Joined {
    const range = this.#ranges.get(name);
    const width = range === undefined ? Infinity : range.maximum - range.minimum;
    const producer = this.#graph.producer(name);
    const op = producer && isDefaultDomain(producer.domain) ? (producer.opType ?? '') : '';
    if (producer === undefined || (op !== 'Concat' && !movers.has(op))) return { narrowest: width };
    const sources = op === 'Concat' ? producer.inputs : producer.inputs.slice(0, 1);
    const before = sources.map((source) => this.follow(source));
    const narrowest = Math.min(width, ...before.map((each) => each.narrowest));
    const isMixed =
      op === 'Concat' &&
      this.#quantized.has(producer) &&
      width < Infinity &&
      narrowest * stepsOfRange < fewestSteps * width;
    const mixedBy = isMixed ? producer : before.find((each) => each.mixedBy !== undefined)?.mixedBy;
    return { narrowest, ...(mixedBy && { mixedBy }) };
  }
}
