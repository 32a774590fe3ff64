/** A graph with weights that are stored as integers or float16 drawn in their layers. Pure. */
import type { GraphEdge, GraphStructure } from '../../../../engine/analysis/graphs/inspect-graphs';
import type { GraphDifference } from '../../../jobs/jobs';
import { joinedEdges, type DrawnGraph, type DrawnItem } from './collapse-blocks';

/**
 * Draws a node that only restores a stored weight inside its reader, if it has one reader.
 *
 * @param drawn the structure, with or without collapsed blocks. A block counts its layers without such nodes.
 */
export function foldWeights(structure: GraphStructure, drawn: DrawnGraph): DrawnGraph {
  const folded = foldedPaths([structure]);
  if (folded.size === 0) return drawn;
  const graph = { ...drawn, items: drawn.items.map((item) => withFoldedMembers(item, folded)) };
  const layers = layersOfRestorers(graph.items, graph.edges);
  const stored = new Map<number, DrawnItem[]>();
  graph.items.forEach((item, index) => {
    const layer = layers.get(index);
    if (layer === undefined) return;
    const known = stored.get(layer);
    if (known === undefined) stored.set(layer, [item]);
    else known.push(item);
  });
  const items: DrawnItem[] = [];
  const positions = new Int32Array(graph.items.length);
  graph.items.forEach((item, index) => {
    if (layers.has(index)) return;
    const restorers = stored.get(index);
    positions[index] = items.push(restorers === undefined ? item : withStored(item, restorers)) - 1;
  });
  for (const [restorer, layer] of layers) positions[restorer] = positions[layer]!;
  return { items, edges: joinedEdges(graph.edges, positions) };
}

function withFoldedMembers(item: DrawnItem, folded: ReadonlyMap<string, string>): DrawnItem {
  const { members } = item;
  if (members === undefined) return item;
  const stored = members.filter((path) => folded.has(path));
  if (stored.length === 0) return item;
  return { ...item, members: members.filter((path) => !folded.has(path)), stored };
}

function withStored(item: DrawnItem, folded: readonly DrawnItem[]): DrawnItem {
  return {
    ...item,
    constants: [...item.constants, ...folded.flatMap(({ constants }) => constants)],
    stored: folded.map(({ path }) => path),
  };
}

/** Positions of restoring nodes with the position of the layer that each belongs to. */
function layersOfRestorers(items: DrawnGraph['items'], edges: readonly GraphEdge[]): Map<number, number> {
  const onlyReaders = new Map<number, number | null>();
  for (const { from, to } of edges) {
    if (items[from]!.restoresWeight === true) onlyReaders.set(from, onlyReaders.has(from) ? null : to);
  }
  const layers = new Map<number, number>();
  // The reader of a node comes after it: from the last to the first, each reader is settled before its weight.
  for (let index = items.length - 1; index >= 0; index--) {
    const reader = onlyReaders.get(index) ?? null;
    if (reader === null || items[reader]!.kind !== 'node') continue;
    layers.set(index, layers.get(reader) ?? reader);
  }
  return layers;
}

/** Paths of restoring nodes with the path of the layer that each is drawn in. */
export function foldedPaths(graphs: readonly GraphStructure[]): ReadonlyMap<string, string> {
  return new Map(
    graphs.flatMap(({ items, edges }) =>
      Array.from(
        layersOfRestorers(items, edges),
        ([restorer, layer]) => [items[restorer]!.path, items[layer]!.path] as const,
      ),
    ),
  );
}

export interface DifferenceCounts {
  readonly same: number;
  readonly changed: number;
  readonly onlyA: number;
  readonly onlyB: number;
}

/** Counts of a drawn difference. A layer whose weights one model stores in another form has changed. */
export function countDrawn(
  { same, changed, onlyA, onlyB, pairs }: GraphDifference,
  a: ReadonlyMap<string, string>,
  b: ReadonlyMap<string, string>,
): DifferenceCounts {
  const toB = new Map(pairs);
  const known = new Set(changed.map((each) => each.b));
  const layers = new Set([
    ...onlyA.flatMap((path) => toB.get(a.get(path) ?? '') ?? []),
    ...onlyB.flatMap((path) => b.get(path) ?? []),
  ]);
  const newlyChanged = [...layers].filter((layer) => !known.has(layer)).length;
  return {
    same: same - newlyChanged,
    changed: changed.length + newlyChanged,
    onlyA: onlyA.filter((path) => !a.has(path)).length,
    onlyB: onlyB.filter((path) => !b.has(path)).length,
  };
}
