/** A graph with its helper nodes drawn in their layers. Pure. */
import type { GraphStructure } from '../../../../engine/analysis/graphs/inspect-graphs';
import { foldedPaths, layersOfHelpers } from '../../../node-facts/folded-nodes';
import type { GraphDifference } from '../../../jobs/jobs';
import { joinedEdges, type DrawnGraph, type DrawnItem } from './collapse-blocks';

/**
 * Draws helper nodes inside their layers: those that restore a stored weight, convert values, or compute sizes.
 *
 * @param drawn the structure, with or without collapsed blocks. A block counts its layers without such nodes.
 */
export function foldHelpers(structure: GraphStructure, drawn: DrawnGraph): DrawnGraph {
  const folded = foldedPaths([structure]);
  if (folded.size === 0) return drawn;
  const graph = { ...drawn, items: drawn.items.map((item) => withFoldedMembers(item, folded)) };
  const layers = layersOfHelpers(graph.items, graph.edges);
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
    const helpers = stored.get(index);
    positions[index] = items.push(helpers === undefined ? item : withStored(item, helpers)) - 1;
  });
  for (const [helper, layer] of layers) positions[helper] = positions[layer]!;
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
    stored: [...(item.stored ?? []), ...folded.map(({ path }) => path)],
  };
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
