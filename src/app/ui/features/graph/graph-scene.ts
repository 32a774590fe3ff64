/** A graph with everything that drawing it needs: texts, sizes, places, and ways to find items again. */
import { searchTextOf } from '../../../../engine/analysis/find-nodes';
import type { GraphLayout, LayoutRequest } from '../../../../engine/analysis/graphs/graph-layout';
import type { InspectedNode, Inspection } from '../../../../engine/analysis/inspection';
import { formatCounted, formatShape, formatShortCount } from '../../../../engine/format';
import { macsMetric, parametersMetric } from '../../../node-facts/inspected-metrics';
import { sumNumbers } from '../../../node-facts/sum-numbers';
import type { Rectangle } from './camera';
import type { DrawnGraph, DrawnItem } from './collapse-blocks';

export interface SceneItem {
  readonly item: DrawnItem;
  /** `null` for values and blocks. */
  readonly node: InspectedNode | null;
  /** The title first; what follows is smaller. */
  readonly lines: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly searchText: string;
}

export interface Scene {
  readonly structure: DrawnGraph;
  readonly items: readonly SceneItem[];
  readonly layout: GraphLayout;
  /** Positions by path. A node inside a block has the position of the block. */
  readonly byPath: ReadonlyMap<string, number>;
  /** Items of each layer, from left to right. */
  readonly layerItems: readonly (readonly number[])[];
  readonly readersOf: readonly (readonly number[])[];
  readonly sourcesOf: readonly (readonly number[])[];
}

export type MeasureText = (text: string, isTitle: boolean) => number;

/** Fonts of the canvas, which knows no CSS variables: the sizes of text and of notes. */
export const fontOf = (isTitle: boolean, family: string): string => (isTitle ? `600 14px ${family}` : `12px ${family}`);

export const titleHeight = 16;
export const lineHeight = 15;
export const paddingX = 12;
export const paddingY = 7;
const leastWidth = 64;
const mostWidth = 240;

/** Items with their texts and sizes, before they have a place. */
export function sceneItems(structure: DrawnGraph, inspection: Inspection, measure: MeasureText): SceneItem[] {
  const nodes = new Map(inspection.nodes.map((node) => [node.path, node]));
  return structure.items.map((item) => {
    const node = nodes.get(item.path) ?? null;
    const lines =
      item.members !== undefined
        ? blockLines(item, item.members, nodes)
        : node === null
          ? valueLines(item, inspection)
          : nodeLines(item, node, nodes);
    const widest = lines.reduce((most, line, index) => Math.max(most, measure(line, index === 0)), 0);
    return {
      item,
      node,
      lines,
      width: Math.min(mostWidth, Math.max(leastWidth, Math.ceil(widest) + 2 * paddingX)),
      height: titleHeight + (lines.length - 1) * lineHeight + 2 * paddingY,
      searchText: node === null ? item.title.toLowerCase() : searchTextOf(node),
    };
  });
}

/** The totals of the nodes inside. */
function blockLines(
  { title, stored = [] }: DrawnItem,
  members: readonly string[],
  nodes: ReadonlyMap<string, InspectedNode>,
): string[] {
  const all = [...members, ...stored];
  const sum = (key: 'parameters' | 'macs'): number | null => {
    const byPath = new Map(all.map((path) => [path, nodes.get(path)?.[key] ?? null] as const));
    return sumNumbers(all, key === 'macs' ? macsMetric : parametersMetric, byPath);
  };
  const [parameters, macs] = [sum('parameters'), sum('macs')];
  return [
    `${title} ▸`,
    formatCounted(members.length, 'node'),
    ...(parameters ? [`${formatShortCount(parameters)} parameters`] : []),
    ...(macs === 0 ? [] : [macs === null ? 'MACs unknown' : `${formatShortCount(macs)} MACs`]),
  ];
}

function nodeLines(
  { title, graphs, precision, stored = [] }: DrawnItem,
  node: InspectedNode,
  nodes: ReadonlyMap<string, InspectedNode>,
): string[] {
  const shape = node.outputShapes[0];
  const parameters = [node, ...stored.map((path) => nodes.get(path))].reduce(
    (sum, each) => sum + (each?.parameters ?? 0),
    0,
  );
  return [
    graphs.length > 0 ? `${title} ▸` : title,
    ...(shape == null ? [] : [formatShape(shape)]),
    ...(parameters === 0 ? [] : [`${formatShortCount(parameters)} ${parameters === 1 ? 'parameter' : 'parameters'}`]),
    ...(stored.length === 0 || precision === null || precision === 'float32'
      ? []
      : [`${weightForm(precision)} weights`]),
  ];
}

/** `4-bit` for integers, the type for floats. */
function weightForm(dtype: string): string {
  const bits = /^u?int(\d+)$/.exec(dtype)?.[1];
  return bits === undefined ? dtype : `${bits}-bit`;
}

function valueLines({ title }: DrawnItem, { values }: Inspection): string[] {
  const value = values[title];
  return value === undefined
    ? [title]
    : [title, `${value.dtype} ${value.shape === null ? '' : formatShape(value.shape)}`];
}

export function layoutRequestOf({ edges }: DrawnGraph, items: readonly SceneItem[]): LayoutRequest {
  return {
    widths: Float32Array.from(items, ({ width }) => width),
    heights: Float32Array.from(items, ({ height }) => height),
    from: Int32Array.from(edges, ({ from }) => from),
    to: Int32Array.from(edges, ({ to }) => to),
  };
}

export function createScene(structure: DrawnGraph, items: readonly SceneItem[], layout: GraphLayout): Scene {
  const layerItems: number[][] = Array.from(layout.layerTops, () => []);
  const readersOf: number[][] = items.map(() => []);
  const sourcesOf: number[][] = items.map(() => []);
  items.forEach((_, index) => layerItems[layout.layers[index]!]!.push(index));
  for (const layer of layerItems) layer.sort((a, b) => layout.left[a]! - layout.left[b]!);
  for (const { from, to } of structure.edges) {
    readersOf[from]!.push(to);
    sourcesOf[to]!.push(from);
  }
  const byPath = new Map(
    items.flatMap(({ item }, index) =>
      [item.path, ...(item.members ?? []), ...(item.stored ?? [])].map((path) => [path, index] as const),
    ),
  );
  return { structure, items, layout, byPath, layerItems, readersOf, sourcesOf };
}

export function rectangleOf({ layout, items }: Scene, index: number): Rectangle {
  const { width, height } = items[index]!;
  return { left: layout.left[index]!, top: layout.top[index]!, width, height };
}

/** The first and the last layer that a stretch of the graph touches. */
export function layersBetween({ layout }: Scene, top: number, bottom: number): readonly [first: number, last: number] {
  const { layerTops, layerBottoms } = layout;
  return [firstAtLeast(layerBottoms, top), firstAtLeast(layerTops, bottom) - 1];
}

function firstAtLeast(ascending: Float32Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The item at a point of the graph, or `null`. */
export function itemAt(scene: Scene, x: number, y: number): number | null {
  const [first, last] = layersBetween(scene, y, y);
  for (let layer = first; layer <= Math.min(last + 1, scene.layerItems.length - 1); layer++) {
    for (const index of scene.layerItems[layer]!) {
      const { left, top, width, height } = rectangleOf(scene, index);
      if (x >= left && x <= left + width && y >= top && y <= top + height) return index;
    }
  }
  return null;
}

/** The item nearest to a point, among those on the layers around it that `accept` takes; `null` when there is none. */
export function itemNear(scene: Scene, x: number, y: number, accept: (index: number) => boolean): number | null {
  const [first] = layersBetween(scene, y, y);
  let best: number | null = null;
  let least = Infinity;
  for (let layer = Math.max(0, first - 8); layer <= Math.min(scene.layerItems.length - 1, first + 8); layer++) {
    for (const index of scene.layerItems[layer]!) {
      const { left, top, width, height } = rectangleOf(scene, index);
      const distance = Math.hypot(left + width / 2 - x, top + height / 2 - y);
      if (distance < least && accept(index)) [best, least] = [index, distance];
    }
  }
  return best;
}

export type Direction = 'up' | 'down' | 'left' | 'right';

/** Up and down follow edges, to the end that is nearest sideways; left and right go along the layer. Stays at an end. */
export function neighborOf(scene: Scene, index: number, direction: Direction): number {
  if (direction === 'left' || direction === 'right') {
    const layer = scene.layerItems[scene.layout.layers[index]!]!;
    return layer[layer.indexOf(index) + (direction === 'left' ? -1 : 1)] ?? index;
  }
  const ends = direction === 'up' ? scene.sourcesOf[index]! : scene.readersOf[index]!;
  const center = (at: number): number => scene.layout.left[at]! + scene.items[at]!.width / 2;
  const distance = (at: number): number =>
    Math.abs(center(at) - center(index)) + Math.abs(scene.layout.top[at]! - scene.layout.top[index]!);
  return ends.reduce((best, end) => (best === index || distance(end) < distance(best) ? end : best), index);
}
