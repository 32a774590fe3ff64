/**
 * Places the items of a graph: layers from top to bottom, few crossings, straight long edges. The layout is deterministic and its time is
 * close to linear in nodes and edges, so that thousands of nodes take well under a second.
 */
import { addBends, assignLayers, type LayeredGraph, type LayoutRequest } from './graph-layout-layers';
import { type LayerOrder, neighbors, orderLayers } from './graph-layout-order';

/** Third step of a layered layout: where each vertex stands, so that edges are straight and nothing overlaps. */
const itemGap = 24;
const bendGap = 10;

/** Long edges should be straight before anything else is. */
const bendWeight = 8;

/** Sweeps down and up in turn; the last two look both ways. */
const sweeps = ['down', 'up', 'down', 'up', 'down', 'up', 'both', 'both'] as const;

/** Centers of all vertices. Between sweeps it asks `goesOn`. */
async function placeInLayers(
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

export type { LayoutRequest } from './graph-layout-layers';

/** All in pixels, from the top left corner of the graph. */
export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  /** Top left corner of every item. */
  readonly left: Float32Array;
  readonly top: Float32Array;
  readonly layers: Int32Array;
  readonly layerTops: Float32Array;
  readonly layerBottoms: Float32Array;
  /** Pieces of edges, from the layer that they start on to the next, in the order of layers. */
  readonly pieces: EdgePieces;
  /** Positions of edges without pieces: they pass too many layers. */
  readonly directEdges: Int32Array;
  /** False when the deadline came first: nothing overlaps, but edges cross and bend more than they need to. */
  readonly isComplete: boolean;
}

export interface EdgePieces {
  readonly startX: Float32Array;
  readonly startY: Float32Array;
  readonly endX: Float32Array;
  readonly endY: Float32Array;
  /** The item that the edge comes from. */
  readonly source: Int32Array;
  /** The item at which the piece ends, or -1 if the edge continues. */
  readonly target: Int32Array;
  /** Position of the first piece that starts on each layer, and the number of pieces at the end. */
  readonly layerStarts: Int32Array;
}

export interface LayoutContext {
  /** Lets the host breathe, and ends the layout by throwing. */
  checkpoint(): Promise<void>;
  /** No further improvement starts after this time. */
  readonly deadlineMs: number;
}

const layerGap = 40;
/** Edges end side by side, so far apart, on the middle part of an item's upper side. */
const portGap = 14;
const portShare = 0.6;

/** Lays out a graph. Throws what `checkpoint` throws, and nothing else for a request whose edges lead upwards. */
export async function layoutGraph(request: LayoutRequest, context: LayoutContext): Promise<GraphLayout> {
  const started = performance.now();
  let isComplete = true;
  const goesOn = async (): Promise<boolean> => {
    await context.checkpoint();
    isComplete = performance.now() - started < context.deadlineMs;
    return isComplete;
  };
  const graph = addBends(request, assignLayers(request));
  const order = await orderLayers(graph, goesOn);
  const centers = await placeInLayers(graph, order, goesOn);
  return { ...coordinates(request, graph, centers), isComplete };
}

function coordinates(
  { heights, widths }: LayoutRequest,
  graph: LayeredGraph,
  centers: Float64Array,
): Omit<GraphLayout, 'isComplete'> {
  const { itemCount, layerCount, layers } = graph;
  const layerHeights = new Float32Array(layerCount);
  for (let item = 0; item < itemCount; item++) {
    layerHeights[layers[item]!] = Math.max(layerHeights[layers[item]!]!, heights[item]!);
  }
  const layerTops = new Float32Array(layerCount);
  for (let layer = 1; layer < layerCount; layer++) {
    layerTops[layer] = layerTops[layer - 1]! + layerHeights[layer - 1]! + layerGap;
  }
  const layerBottoms = layerTops.map((top, layer) => top + layerHeights[layer]!);
  const top = heights.map((height, item) => layerTops[layers[item]!]! + (layerHeights[layers[item]!]! - height) / 2);
  const left = widths.map((width, item) => centers[item]! - width / 2);
  let right = 0;
  centers.forEach((center, vertex) => (right = Math.max(right, center + graph.widths[vertex]! / 2)));
  return {
    width: right,
    height: layerBottoms.at(-1) ?? 0,
    left,
    top,
    layers: layers.slice(0, itemCount),
    layerTops,
    layerBottoms,
    pieces: edgePieces(graph, centers, { heights, top, layerTops }),
    directEdges: Int32Array.from(graph.directEdges),
  };
}

function edgePieces(
  graph: LayeredGraph,
  centers: Float64Array,
  places: Pick<GraphLayout, 'top' | 'layerTops'> & Pick<LayoutRequest, 'heights'>,
): EdgePieces {
  const { pieces, layers, itemCount, layerCount } = graph;
  const { upper, lower } = pieces;
  const layerStarts = new Int32Array(layerCount + 1);
  for (const vertex of upper) layerStarts[layers[vertex]! + 1]!++;
  for (let layer = 0; layer < layerCount; layer++) layerStarts[layer + 1]! += layerStarts[layer]!;
  const startY = Float32Array.from(upper, (vertex) =>
    vertex < itemCount ? places.top[vertex]! + places.heights[vertex]! : places.layerTops[layers[vertex]!]!,
  );
  const endY = Float32Array.from(lower, (vertex) =>
    vertex < itemCount ? places.top[vertex]! : places.layerTops[layers[vertex]!]!,
  );
  return {
    startX: Float32Array.from(upper, (vertex) => centers[vertex]!),
    startY,
    endX: portPositions(graph, centers),
    endY,
    source: pieces.source,
    target: lower.map((vertex) => (vertex < itemCount ? vertex : -1)),
    layerStarts,
  };
}

/** Edges that end at one item do so side by side, in the order in which they come. */
function portPositions({ pieces, widths, itemCount }: LayeredGraph, centers: Float64Array): Float32Array {
  const { upper, lower } = pieces;
  const endX = Float32Array.from(lower, (vertex) => centers[vertex]!);
  const arriving = new Map<number, number[]>();
  lower.forEach((vertex, piece) => {
    if (vertex < itemCount) arriving.set(vertex, [...(arriving.get(vertex) ?? []), piece]);
  });
  for (const [vertex, ends] of arriving) {
    if (ends.length < 2) continue;
    const room = Math.min(widths[vertex]! * portShare, portGap * (ends.length - 1));
    ends.sort((a, b) => centers[upper[a]!]! - centers[upper[b]!]!);
    ends.forEach((piece, index) => (endX[piece]! += room * (index / (ends.length - 1) - 0.5)));
  }
  return endX;
}
