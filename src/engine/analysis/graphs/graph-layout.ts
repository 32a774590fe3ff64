/**
 * Places the items of a graph: layers from top to bottom, few crossings, straight long edges. The layout is deterministic and its time is
 * close to linear in nodes and edges, so that thousands of nodes take well under a second.
 */
import { addBends, assignLayers, type LayeredGraph, type LayoutRequest } from './graph-layout-layers';
import { orderLayers } from './graph-layout-order';
import { placeInLayers } from './graph-layout-positions';

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
