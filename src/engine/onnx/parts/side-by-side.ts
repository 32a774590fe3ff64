/** Two models as one, which computes both from the same inputs. */
import type { Model, Node, ValueName } from '../graph';
import { renameValues } from '../rename-values';
import { namesDefinedBy } from '../subgraphs';

/**
 * Joins the nodes of both models. Nodes of `other` get new names, and each follows the node with the corresponding
 * value, so that both compute a place together. The result has the operator sets of the first model and no outputs.
 * @param other reads the same inputs.
 * @param nameOf the name of a value in `other` before it has a name of its own.
 * @param copyOf the new names of values of `other`; inputs keep theirs.
 */
export function sideBySide(
  model: Model,
  other: Model,
  nameOf: (name: ValueName) => ValueName,
  copyOf: (name: ValueName) => ValueName,
): Model {
  const graph = model.graph!;
  const second = other.graph!;
  const inputs = new Set(second.inputs.map(({ name }) => name));
  const initializers = new Set(second.initializers.map(({ name }) => name));
  const names = [...namesDefinedBy(second)].filter((name) => !inputs.has(name) || initializers.has(name));
  const copies = new Map(names.map((name) => [name, copyOf(name)]));
  const places = new Map(second.nodes.flatMap(({ outputs }, at) => outputs.map((name) => [name, at] as const)));
  const nodes: Node[] = [];
  let next = 0;
  const follow = (end: number): void => {
    for (; next < end; next += 1) nodes.push(renameValues(second.nodes[next]!, copies, () => ''));
  };
  for (const node of graph.nodes) {
    nodes.push(node);
    for (const name of node.outputs) follow((places.get(nameOf(name)) ?? -1) + 1);
  }
  follow(second.nodes.length);
  return {
    ...model,
    graph: {
      ...graph,
      nodes,
      initializers: [
        ...graph.initializers,
        ...second.initializers.map((tensor) => ({ ...tensor, name: copies.get(tensor.name ?? '') ?? tensor.name })),
      ],
      outputs: [],
      valueInfos: [],
      quantizationAnnotations: [],
    },
  };
}
