/** First step of a layered layout (Sugiyama, Tagawa and Toda 1981): which layer each item is on, and how edges pass the layers in between. */

/** A graph to lay out. Every edge leads from a lower to a higher position, so there are no cycles. */
export interface LayoutRequest {
  /** Sizes of the items, in pixels. */
  readonly widths: Float32Array;
  readonly heights: Float32Array;
  /** Ends of the edges, as positions of items. */
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/**
 * Items and bends, in layers. A bend stands for an edge on a layer that it only passes. All edges that leave one item share
 * their bends, so that a value with many readers is drawn as one line that branches off.
 */
export interface LayeredGraph {
  /** Items come first, then bends. */
  readonly itemCount: number;
  readonly layerCount: number;
  readonly layers: Int32Array;
  readonly widths: Float32Array;
  /** Pieces of edges between neighboring layers, ordered by the layer they start on. */
  readonly pieces: Pieces;
  /** Positions of edges that would pass so many layers that bends would cost too much. They are drawn as straight lines. */
  readonly directEdges: readonly number[];
}

export interface Pieces {
  /** Items or bends. */
  readonly upper: Int32Array;
  readonly lower: Int32Array;
  /** The item that the edge comes from. */
  readonly source: Int32Array;
}

const bendWidth = 8;

/** Bends for each item on average; more are needed only where values of the beginning are read all the way. */
const bendsPerItem = 12;
const freeBends = 20_000;

/** Longest path from the inputs, then items with more readers than inputs move down to their readers. */
export function assignLayers({ widths, from, to }: LayoutRequest): Int32Array {
  const count = widths.length;
  const layers = new Int32Array(count);
  const balance = new Int32Array(count);
  const byFrom = order(from, count);
  for (const edge of byFrom) {
    layers[to[edge]!] = Math.max(layers[to[edge]!]!, layers[from[edge]!]! + 1);
    balance[from[edge]!]!++;
    balance[to[edge]!]!--;
  }
  // The loop starts at the end, so that readers already have their final layer.
  const nearest = new Int32Array(count).fill(-1);
  for (let edge = byFrom.length - 1, item = count - 1; item >= 0; item--) {
    for (; edge >= 0 && from[byFrom[edge]!] === item; edge--) {
      const reader = layers[to[byFrom[edge]!]!]!;
      nearest[item] = nearest[item] === -1 ? reader : Math.min(nearest[item]!, reader);
    }
    if (balance[item]! > 0 && nearest[item]! > 0) layers[item] = nearest[item]! - 1;
  }
  return layers;
}

/** Positions of edges, ordered by a key that is less than `keys`. */
function order(keyOf: Int32Array, keys: number): Int32Array {
  const starts = new Int32Array(keys + 1);
  for (const key of keyOf) starts[key + 1]!++;
  for (let key = 0; key < keys; key++) starts[key + 1]! += starts[key]!;
  const ordered = new Int32Array(keyOf.length);
  keyOf.forEach((key, position) => {
    ordered[starts[key]!++] = position;
  });
  return ordered;
}

/** Adds the bends of edges that span several layers. */
export function addBends(request: LayoutRequest, layers: Int32Array): LayeredGraph {
  const { widths, from, to } = request;
  const longest = longestRoutedSpan(request, layers);
  const allLayers = Array.from(layers);
  const upper: number[] = [];
  const lower: number[] = [];
  const source: number[] = [];
  const directEdges: number[] = [];
  const add = (above: number, below: number, item: number): void => {
    upper.push(above);
    lower.push(below);
    source.push(item);
  };
  let chainOf = -1;
  let chain: number[] = [];
  for (const edge of order(from, widths.length)) {
    const [item, reader] = [from[edge]!, to[edge]!];
    if (item !== chainOf) [chainOf, chain] = [item, [item]];
    const span = layers[reader]! - layers[item]!;
    if (span > longest) {
      directEdges.push(edge);
      continue;
    }
    while (chain.length < span) {
      const bend = allLayers.push(layers[item]! + chain.length) - 1;
      add(chain[chain.length - 1]!, bend, item);
      chain.push(bend);
    }
    add(chain[span - 1]!, reader, item);
  }
  const layered = Int32Array.from(allLayers);
  const layerCount = layered.reduce((most, layer) => Math.max(most, layer + 1), 0);
  const byLayer = order(
    Int32Array.from(upper, (vertex) => layered[vertex]!),
    Math.max(1, layerCount),
  );
  const pick = (values: readonly number[]): Int32Array => byLayer.map((piece) => values[piece]!);
  const allWidths = new Float32Array(layered.length).fill(bendWidth);
  allWidths.set(widths);
  return {
    itemCount: widths.length,
    layerCount,
    layers: layered,
    widths: allWidths,
    pieces: { upper: pick(upper), lower: pick(lower), source: pick(source) },
    directEdges,
  };
}

/** The number of layers that an edge may pass with bends, so that there are not too many of them. */
function longestRoutedSpan({ from, to }: LayoutRequest, layers: Int32Array): number {
  const spans = from.map((item, edge) => layers[to[edge]!]! - layers[item]!);
  const longestOf = new Int32Array(layers.length);
  const bendsWithin = (limit: number): number => {
    longestOf.fill(0);
    spans.forEach((span, edge) => {
      if (span <= limit) longestOf[from[edge]!] = Math.max(longestOf[from[edge]!]!, span);
    });
    return longestOf.reduce((sum, span) => sum + Math.max(0, span - 1), 0);
  };
  const budget = freeBends + bendsPerItem * layers.length;
  let limit = spans.reduce((most, span) => Math.max(most, span), 1);
  while (limit > 1 && bendsWithin(limit) > budget) limit = Math.ceil(limit / 2);
  return limit;
}
