/** Third step of a layered layout: where each vertex stands, so that edges are straight and nothing overlaps. */
import type { LayeredGraph } from './graph-layout-layers';
import { neighbors, type LayerOrder } from './graph-layout-order';

const itemGap = 24;
const bendGap = 10;

/** Long edges should be straight before anything else is. */
const bendWeight = 8;

/** Sweeps down and up in turn; the last two look both ways. */
const sweeps = ['down', 'up', 'down', 'up', 'down', 'up', 'both', 'both'] as const;

/** Centers of all vertices. Between sweeps it asks `goesOn`. */
export async function placeInLayers(
  graph: LayeredGraph,
  order: LayerOrder,
  goesOn: () => Promise<boolean>,
): Promise<Float64Array> {
  const { widths, itemCount, pieces, layers } = graph;
  const above = neighbors(pieces.lower, pieces.upper, layers.length);
  const below = neighbors(pieces.upper, pieces.lower, layers.length);
  const centers = new Float64Array(layers.length);
  for (const layer of order) placeCentered(layer, graph, centers);
  const pullOf = (vertex: number, sides: readonly (typeof above)[]): { wish: number; weight: number } => {
    let [sum, weight] = [0, 0];
    for (const { starts, vertices } of sides) {
      for (let at = starts[vertex]!; at < starts[vertex + 1]!; at++) {
        const other = vertices[at]!;
        const strength = vertex >= itemCount && other >= itemCount ? bendWeight : 1;
        sum += strength * centers[other]!;
        weight += strength;
      }
    }
    // A vertex without neighbors on that side yields to others, but does not drift.
    return weight === 0 ? { wish: centers[vertex]!, weight: 0.05 } : { wish: sum / weight, weight };
  };
  const align = (layer: Int32Array, sides: readonly (typeof above)[]): void => {
    const pulls = Array.from(layer, (vertex) => pullOf(vertex, sides));
    const gaps = Array.from(layer, (vertex, index) => (index === 0 ? 0 : distance(layer[index - 1]!, vertex, graph)));
    separate(pulls, gaps).forEach((center, index) => (centers[layer[index]!] = center));
  };
  for (const sweep of sweeps) {
    if (!(await goesOn())) break;
    if (sweep === 'down') for (const layer of order) align(layer, [above]);
    if (sweep === 'up') for (const layer of order.toReversed()) align(layer, [below]);
    if (sweep === 'both') for (const layer of order) align(layer, [above, below]);
  }
  moveToOrigin(centers, widths);
  return centers;
}

function distance(left: number, right: number, { widths, itemCount }: LayeredGraph): number {
  const gap = left < itemCount && right < itemCount ? itemGap : bendGap;
  return (widths[left]! + widths[right]!) / 2 + gap;
}

function placeCentered(layer: Int32Array, graph: LayeredGraph, centers: Float64Array): void {
  let at = 0;
  layer.forEach((vertex, index) => {
    if (index > 0) at += distance(layer[index - 1]!, vertex, graph);
    centers[vertex] = at;
  });
  for (const vertex of layer) centers[vertex]! -= at / 2;
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

function moveToOrigin(centers: Float64Array, widths: Float32Array): void {
  let left = Infinity;
  centers.forEach((center, vertex) => (left = Math.min(left, center - widths[vertex]! / 2)));
  if (Number.isFinite(left)) centers.forEach((center, vertex) => (centers[vertex] = center - left));
}
