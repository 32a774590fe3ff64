/** A graph with repeated blocks drawn as one item each. Pure. */
import type { GraphBlock } from '../../../../engine/analysis/graphs/inspect-blocks';
import type { GraphEdge, GraphItem, GraphStructure } from '../../../../engine/analysis/graphs/inspect-graphs';

/** An item of the graph, or a block of its nodes. */
export interface DrawnItem extends Omit<GraphItem, 'kind'> {
  readonly kind: GraphItem['kind'] | 'block';
  /** Paths of the nodes that a block stands for; absent for everything else. */
  readonly members?: readonly string[];
  /** Paths of the nodes that restore its weights, which are drawn in it; absent if there are none. */
  readonly stored?: readonly string[];
}

export interface DrawnGraph {
  readonly items: readonly DrawnItem[];
  readonly edges: readonly GraphEdge[];
}

/** Blocks whose path is in `expanded` are drawn node by node. Edges inside a block go, and those between two items are one. */
export function collapseBlocks(
  graph: GraphStructure,
  blocks: readonly GraphBlock[],
  expanded: ReadonlySet<string>,
): DrawnGraph {
  const collapsed = blocks.filter(({ path }) => !expanded.has(path));
  if (collapsed.length === 0) return graph;
  const items: DrawnItem[] = [];
  const positions = new Int32Array(graph.items.length);
  let next = 0;
  for (const block of [...collapsed, null]) {
    const end = block?.start ?? graph.items.length;
    for (; next < end; next++) positions[next] = items.push(graph.items[next]!) - 1;
    if (block === null) continue;
    positions.fill(items.push(itemOf(block, graph)) - 1, block.start, block.end);
    next = block.end;
  }
  return { items, edges: joinedEdges(graph.edges, positions) };
}

function itemOf({ path, title, start, end }: GraphBlock, { items }: GraphStructure): DrawnItem {
  const members = items.slice(start, end);
  return {
    kind: 'block',
    path,
    title,
    precision: null,
    constants: members.flatMap(({ constants }) => constants),
    graphs: [],
    members: members.map((member) => member.path),
  };
}

/** Edges between the items at the new positions: one for each pair, and none from an item to itself. */
export function joinedEdges(edges: readonly GraphEdge[], positions: Int32Array): GraphEdge[] {
  const joined = new Map<string, { from: number; to: number; values: Set<string> }>();
  for (const edge of edges) {
    const [from, to] = [positions[edge.from]!, positions[edge.to]!];
    if (from === to) continue;
    const key = `${from}>${to}`;
    const known = joined.get(key) ?? { from, to, values: new Set() };
    for (const value of edge.values) known.values.add(value);
    joined.set(key, known);
  }
  return Array.from(joined.values(), ({ from, to, values }) => ({ from, to, values: [...values] }));
}

/** The blocks of a model, to be found by their path and by the nodes inside. */
export class BlockIndex {
  readonly byGraph: ReadonlyMap<string, readonly GraphBlock[]>;
  readonly #byPath = new Map<string, { readonly block: GraphBlock; readonly members: readonly string[] }>();
  readonly #byMember = new Map<string, string>();

  constructor(byGraph: ReadonlyMap<string, readonly GraphBlock[]>, graphs: readonly GraphStructure[]) {
    this.byGraph = byGraph;
    for (const { path, items } of graphs) {
      for (const block of byGraph.get(path) ?? []) {
        const members = items.slice(block.start, block.end).map((item) => item.path);
        this.#byPath.set(block.path, { block, members });
        for (const member of members) this.#byMember.set(member, block.path);
      }
    }
  }

  /** `null`: no block has this path. */
  find(path: string): { readonly block: GraphBlock; readonly members: readonly string[] } | null {
    return this.#byPath.get(path) ?? null;
  }

  /** Path of the block that a node is in. */
  around(path: string): string | null {
    return this.#byMember.get(path) ?? null;
  }
}
