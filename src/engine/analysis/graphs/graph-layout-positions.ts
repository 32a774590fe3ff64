/** Third step of a layered layout: where each vertex stands, so that edges are straight and nothing overlaps. */
import type { LayeredGraph } from './graph-layout-layers';
import { neighbours, type LayerOrder } from './graph-layout-order';

const itemGap = 24;
const bendGap = 10;

/** Long edges should be straight before anything else is. */
const bendWeight = 8;

/** Sweeps down and up in turn; the last two look both ways. */
const sweeps = ['down', 'up', 'down', 'up', 'down', 'up', 'both', 'both'] as const;

/** Centres of all vertices. Between sweeps it asks `goesOn`. */
export async function placeInLayers(
  graph: LayeredGraph,
  order: LayerOrder,
  goesOn: () => Promise<boolean>,
): Promise<Float64Array> {
  const { widths, itemCount, pieces, layers } = graph;
  const above = neighbours(pieces.lower, pieces.upper, layers.length);
  const below = neighbours(pieces.upper, pieces.lower, layers.length);
  const centres = new Float64Array(layers.length);
  for (const layer of order) placeCentred(layer, graph, centres);
  const pullOf = (vertex: number, sides: readonly (typeof above)[]): { wish: number; weight: number } => {
    let [sum, weight] = [0, 0];
    for (const { starts, vertices } of sides) {
      for (let at = starts[vertex]!; at < starts[vertex + 1]!; at++) {
        const other = vertices[at]!;
        const strength = vertex >= itemCount && other >= itemCount ? bendWeight : 1;
        sum += strength * centres[other]!;
        weight += strength;
      }
    }
    // A vertex without neighbours on that side yields to others, but does not drift.
    return weight === 0 ? { wish: centres[vertex]!, weight: 0.05 } : { wish: sum / weight, weight };
  };
  const align = (layer: Int32Array, sides: readonly (typeof above)[]): void => {
    const pulls = Array.from(layer, (vertex) => pullOf(vertex, sides));
    const gaps = Array.from(layer, (vertex, index) => (index === 0 ? 0 : distance(layer[index - 1]!, vertex, graph)));
    separate(pulls, gaps).forEach((centre, index) => (centres[layer[index]!] = centre));
  };
  for (const sweep of sweeps) {
    if (!(await goesOn())) break;
    if (sweep === 'down') for (const layer of order) align(layer, [above]);
    if (sweep === 'up') for (const layer of order.toReversed()) align(layer, [below]);
    if (sweep === 'both') for (const layer of order) align(layer, [above, below]);
  }
  moveToOrigin(centres, widths);
  return centres;
}

function distance(left: number, right: number, { widths, itemCount }: LayeredGraph): number {
  const gap = left < itemCount && right < itemCount ? itemGap : bendGap;
  return (widths[left]! + widths[right]!) / 2 + gap;
}

function placeCentred(layer: Int32Array, graph: LayeredGraph, centres: Float64Array): void {
  let at = 0;
  layer.forEach((vertex, index) => {
    if (index > 0) at += distance(layer[index - 1]!, vertex, graph);
    centres[vertex] = at;
  });
  for (const vertex of layer) centres[vertex]! -= at / 2;
}

interface Block {
  /** Weighted mean of the wishes of its members, as the place of the first one. */
  sum: number;
  weight: number;
  size: number;
}

/**
 * Computes the positions that keep the gaps and are nearest to the wishes, by weighted squares. This is isotonic
 * regression by pooling adjacent violators (Best and Chakravarti 1990), exact and linear.
 */
function separate(pulls: readonly { wish: number; weight: number }[], gaps: readonly number[]): number[] {
  const blocks: Block[] = [];
  let offset = 0;
  pulls.forEach(({ wish, weight }, index) => {
    offset += gaps[index]!;
    let block: Block = { sum: weight * (wish - offset), weight, size: 1 };
    for (let last = blocks.at(-1); last !== undefined; last = blocks.at(-1)) {
      if (last.sum / last.weight <= block.sum / block.weight) break;
      blocks.pop();
      block = { sum: last.sum + block.sum, weight: last.weight + block.weight, size: last.size + block.size };
    }
    blocks.push(block);
  });
  const positions: number[] = [];
  let passed = 0;
  for (const { sum, weight, size } of blocks) {
    for (let member = 0; member < size; member++) {
      passed += gaps[positions.length]!;
      positions.push(sum / weight + passed);
    }
  }
  return positions;
}

function moveToOrigin(centres: Float64Array, widths: Float32Array): void {
  let left = Infinity;
  centres.forEach((centre, vertex) => (left = Math.min(left, centre - widths[vertex]! / 2)));
  if (Number.isFinite(left)) centres.forEach((centre, vertex) => (centres[vertex] = centre - left));
}
