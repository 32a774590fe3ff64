/** Helper nodes, which belong to one layer: they restore its weight, convert its values, or compute sizes for it. Pure. */
import type { GraphEdge, GraphItem, GraphStructure } from '../../engine/analysis/graphs/inspect-graphs';

/** An item of a graph, or a block of nodes. */
type FoldedItem = Pick<GraphItem, 'title' | 'restoresWeight'> & { readonly kind: GraphItem['kind'] | 'block' };

const converters: ReadonlySet<string> = new Set(['Cast', 'Constant', 'DequantizeLinear', 'QuantizeLinear']);
const sizes: ReadonlySet<string> = new Set(['Shape', 'Size']);
/** They compute sizes if they read nothing else. */
const arithmetic: ReadonlySet<string> = new Set([
  ...['Add', 'Cast', 'Ceil', 'Concat', 'ConstantOfShape', 'Div', 'Equal', 'Expand', 'Floor', 'Gather', 'Identity'],
  ...[
    'Max',
    'Min',
    'Mod',
    'Mul',
    'Range',
    'ReduceProd',
    'Reshape',
    'Slice',
    'Split',
    'Squeeze',
    'Sub',
    'Unsqueeze',
    'Where',
  ],
]);

/**
 * Positions of helper nodes with the position of the layer that each belongs to: the only one that reads it, or else the
 * only one that it reads. Edges between layers keep their direction.
 *
 * @param edges `from` comes before `to`.
 */
export function layersOfHelpers(items: readonly FoldedItem[], edges: readonly GraphEdge[]): Map<number, number> {
  const readers: number[][] = items.map(() => []);
  const sources: number[][] = items.map(() => []);
  for (const { from, to } of edges) {
    readers[from]!.push(to);
    sources[to]!.push(from);
  }
  const areSizes: boolean[] = [];
  items.forEach(({ kind, title }, at) => {
    const ofSizes = arithmetic.has(title) && sources[at]!.length > 0 && sources[at]!.every((from) => areSizes[from]);
    areSizes.push(kind === 'node' && (sizes.has(title) || ofSizes));
  });
  const isHelper = items.map(
    ({ kind, title, restoresWeight }, at) =>
      kind === 'node' && (restoresWeight === true || areSizes[at] === true || converters.has(title)),
  );
  const layers = new Map<number, number>();
  const layerOf = (at: number): number | null => layers.get(at) ?? (isHelper[at] ? null : at);
  const settle = (at: number, beside: readonly number[]): void => {
    const [first, ...others] = new Set(beside.map(layerOf));
    if (first == null || others.length > 0 || !/^(node|block)$/.test(items[first]!.kind)) return;
    layers.set(at, first);
  };
  // The reader of a node comes after it, and its source before it: each is settled before the node.
  for (let at = items.length - 1; at >= 0; at--) if (isHelper[at]) settle(at, readers[at]!);
  for (let at = 0; at < items.length; at++) if (isHelper[at] && !layers.has(at)) settle(at, sources[at]!);
  return layers;
}

/** Paths of helper nodes with the path of the layer that each belongs to. */
export function foldedPaths(graphs: readonly GraphStructure[]): ReadonlyMap<string, string> {
  return new Map(
    graphs.flatMap(({ items, edges }) =>
      Array.from(
        layersOfHelpers(items, edges),
        ([helper, layer]) => [items[helper]!.path, items[layer]!.path] as const,
      ),
    ),
  );
}
