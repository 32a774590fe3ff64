/** A copy of a model whose nodes can be found again in what a runtime reports about them. */
import type { Model, Node } from '../graph';
import { withSubgraphs } from '../subgraphs';
import { childScopes, nodesOf, scopes, type Scope } from '../traverse';

export interface MarkedNode {
  /** The path of the node, as `inspect` reports it. */
  readonly path: string;
  readonly op: string;
  /** Position in the list of the node whose attribute holds the graph that this one stands in. */
  readonly holder?: number;
}

export interface MarkedModel {
  /** The same model with other names of nodes; it shares everything else. */
  readonly model: Model;
  /** Every node, those of graphs inside nodes and of functions too, by the number of its mark. */
  readonly nodes: readonly MarkedNode[];
}

/** No exporter writes names like this, and no runtime cuts it out of the names that it makes of them. */
const markPattern = /@node(\d+)@/g;

/**
 * Gives every node a name of its own: `@node12@`. Names in files are not enough: there are nodes without a name, with the same name, and
 * with names that a report cannot quote. A runtime that fuses nodes names the result after one of them: `@node12@/GeluFusion/`.
 */
export function markNodes(model: Model): MarkedModel {
  const marked: MarkedNode[] = [];
  const markScope = (scope: Scope, holder?: number): Node[] =>
    [...nodesOf(scope)].map((visit) => {
      const { path, node } = visit;
      const index = marked.push({ path, op: node.opType ?? '', ...(holder !== undefined && { holder }) }) - 1;
      const inner = childScopes(visit);
      return withSubgraphs({ ...node, name: `@node${index}@` }, (graph) => {
        const child = inner.find((candidate) => candidate.graph === graph);
        return child ? { ...graph, nodes: markScope(child, index) } : graph;
      });
    });
  const bodies = new Map<unknown, Node[]>();
  for (const scope of scopes(model)) {
    if (scope.parent === undefined) bodies.set(scope.function ?? scope.graph, markScope(scope));
  }
  const withMarks = <Part extends { readonly nodes: readonly Node[] }>(part: Part): Part => ({
    ...part,
    nodes: bodies.get(part) ?? part.nodes,
  });
  return {
    model: { ...model, graph: model.graph && withMarks(model.graph), functions: model.functions.map(withMarks) },
    nodes: marked,
  };
}

/** The numbers of the nodes whose marks a reported name carries, in order. None for a node that the runtime added. */
export function marksIn(name: string): readonly number[] {
  return [...new Set(Array.from(name.matchAll(markPattern), (match) => Number(match[1])))];
}
