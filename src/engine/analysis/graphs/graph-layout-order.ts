/** Second step of a layered layout: the order within each layer, so that few edges cross. */
import type { LayeredGraph, Pieces } from './graph-layout-layers';

/** Neighbors of every vertex on one side, in one array. */
interface Neighbors {
  readonly starts: Int32Array;
  readonly vertices: Int32Array;
}

/** Vertices of each layer from left to right. */
export type LayerOrder = readonly Int32Array[];

/** Rounds of one sweep down and one up; on real graphs later ones hardly gain. */
const mostRounds = 6;

/**
 * Orders by barycenters, in sweeps down and up, and keeps the order with the fewest crossings. Between rounds it asks
 * `goesOn`; without any round the order is that of a walk from the inputs.
 */
export async function orderLayers(graph: LayeredGraph, goesOn: () => Promise<boolean>): Promise<LayerOrder> {
  const above = neighbors(graph.pieces.lower, graph.pieces.upper, graph.layers.length);
  const below = neighbors(graph.pieces.upper, graph.pieces.lower, graph.layers.length);
  const order = walkOrder(graph, below);
  let best = order.map((layer) => layer.slice());
  let fewest = countCrossings(graph, order);
  for (let round = 0, idle = 0; round < mostRounds && fewest > 0 && idle < 2 && (await goesOn()); round++) {
    const positions = new Float64Array(graph.layers.length);
    for (const layer of order) layer.forEach((vertex, position) => (positions[vertex] = position));
    for (let layer = 1; layer < order.length; layer++) sortByBarycenter(order[layer]!, above, positions);
    for (let layer = order.length - 2; layer >= 0; layer--) sortByBarycenter(order[layer]!, below, positions);
    const crossings = countCrossings(graph, order);
    idle = crossings < fewest ? 0 : idle + 1;
    if (crossings >= fewest) continue;
    fewest = crossings;
    best = order.map((layer) => layer.slice());
  }
  return best;
}

export function neighbors(of: Int32Array, others: Int32Array, count: number): Neighbors {
  const starts = new Int32Array(count + 1);
  for (const vertex of of) starts[vertex + 1]!++;
  for (let vertex = 0; vertex < count; vertex++) starts[vertex + 1]! += starts[vertex]!;
  const next = starts.slice();
  const vertices = new Int32Array(of.length);
  of.forEach((vertex, piece) => (vertices[next[vertex]!++] = others[piece]!));
  return { starts, vertices };
}

/** Orders vertices by a depth-first walk, which keeps the vertices of a branch together. */
function walkOrder({ layers, layerCount, pieces }: LayeredGraph, below: Neighbors): Int32Array[] {
  const rows: number[][] = Array.from({ length: layerCount }, () => []);
  const seen = new Uint8Array(layers.length);
  const hasUpper = new Uint8Array(layers.length);
  for (const vertex of pieces.lower) hasUpper[vertex] = 1;
  const walk = (start: number): void => {
    const stack = [start];
    for (let vertex = stack.pop(); vertex !== undefined; vertex = stack.pop()) {
      if (seen[vertex]) continue;
      seen[vertex] = 1;
      rows[layers[vertex]!]!.push(vertex);
      for (let at = below.starts[vertex + 1]! - 1; at >= below.starts[vertex]!; at--) stack.push(below.vertices[at]!);
    }
  };
  for (let vertex = 0; vertex < layers.length; vertex++) if (!hasUpper[vertex]) walk(vertex);
  return rows.map((row) => Int32Array.from(row));
}

/** A vertex without neighbors on that side keeps its place. */
function sortByBarycenter(layer: Int32Array, side: Neighbors, positions: Float64Array): void {
  const keys = new Map<number, number>();
  for (const vertex of layer) {
    const [start, end] = [side.starts[vertex]!, side.starts[vertex + 1]!];
    let sum = 0;
    for (let at = start; at < end; at++) sum += positions[side.vertices[at]!]!;
    keys.set(vertex, end > start ? sum / (end - start) : positions[vertex]!);
  }
  // If barycenters are equal, the existing order decides, so that the result is the same everywhere.
  layer.sort((a, b) => keys.get(a)! - keys.get(b)! || positions[a]! - positions[b]!);
  layer.forEach((vertex, position) => (positions[vertex] = position));
}

/** Crossings between neighboring layers (Barth, Mutzel and Jünger 2002). */
export function countCrossings({ layers, pieces }: LayeredGraph, order: LayerOrder): number {
  const positions = new Int32Array(layers.length);
  for (const layer of order) layer.forEach((vertex, position) => (positions[vertex] = position));
  let crossings = 0;
  for (let start = 0; start < pieces.upper.length;) {
    const layer = layers[pieces.upper[start]!]!;
    let end = start + 1;
    while (end < pieces.upper.length && layers[pieces.upper[end]!] === layer) end++;
    if (end - start > 1) crossings += crossingsOf(pieces, start, end, positions, order[layer + 1]!.length);
    start = end;
  }
  return crossings;
}

function crossingsOf(pieces: Pieces, start: number, end: number, positions: Int32Array, width: number): number {
  const sorted = Array.from({ length: end - start }, (_, index) => start + index).sort(
    (a, b) =>
      positions[pieces.upper[a]!]! - positions[pieces.upper[b]!]! ||
      positions[pieces.lower[a]!]! - positions[pieces.lower[b]!]!,
  );
  // A Fenwick tree over the lower positions: how many ends lie to the right of this one already?
  const tree = new Int32Array(width + 1);
  let crossings = 0;
  sorted.forEach((piece, before) => {
    const position = positions[pieces.lower[piece]!]! + 1;
    let notRight = 0;
    for (let at = position; at > 0; at -= at & -at) notRight += tree[at]!;
    crossings += before - notRight;
    for (let at = position; at <= width; at += at & -at) tree[at]!++;
  });
  return crossings;
}
