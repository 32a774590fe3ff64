/** A body (of a function, a branch) in the place of the node that runs it. */
import type { Graph, Node, Tensor, ValueName } from '../graph';
import { renameValues } from '../rename-values';
import { namesDefinedBy, subgraphsOf } from '../subgraphs';

interface Surroundings {
  /** Outer names of the values that the inputs of the body receive. */
  readonly given?: ReadonlyMap<ValueName, ValueName>;
  /** A name that is free around the node, for a value that only the body knows. */
  readonly freeName: (name: ValueName) => ValueName;
  /** Renames the nodes of the body. If absent, they keep their names. */
  readonly nodeName?: (name: string) => string;
}

/**
 * Nodes and initializers of `body` that compute the outputs of `node`, under the names that readers outside know. Names
 * that the body does not define stay unchanged, because it reads them from outside.
 */
export function bodyInPlace(
  node: Node,
  body: Graph,
  { given = new Map(), freeName, nodeName }: Surroundings,
): { readonly nodes: readonly Node[]; readonly initializers: readonly Tensor[] } {
  const renamed = new Map(given);
  const produced = new Set(body.nodes.flatMap(({ outputs }) => outputs));
  const handedOn: (readonly [from: ValueName, to: ValueName])[] = [];
  body.outputs.forEach(({ name = '' }, index) => {
    const wanted = node.outputs[index] ?? '';
    if (wanted === '') return;
    // A value that two outputs hand on, or that no node of the body computes, is handed on by a node.
    if (produced.has(name) && !renamed.has(name)) renamed.set(name, wanted);
    else handedOn.push([name, wanted]);
  });
  for (const name of namesWithin(body)) if (!renamed.has(name)) renamed.set(name, freeName(name));
  const outside = (name: ValueName) => renamed.get(name) ?? name;
  // A name of the body may be one outside too, and mean something else there: `to` is not renamed.
  const connections = handedOn.map(([from, to]): Node => {
    return { opType: 'Identity', inputs: [outside(from)], outputs: [to], attributes: [] };
  });
  return {
    nodes: [...body.nodes.map((inner) => renameValues(inner, renamed, nodeName)), ...connections],
    initializers: body.initializers.map((tensor) => ({ ...tensor, name: outside(tensor.name ?? '') })),
  };
}

/** Yields the names that a body defines, in the graphs inside its nodes too. */
function* namesWithin(graph: Graph): Generator<ValueName> {
  yield* namesDefinedBy(graph);
  for (const node of graph.nodes) for (const inner of subgraphsOf(node)) yield* namesWithin(inner);
}
