import type { Graph, Model, Node } from '../graph';
import { namesReadBy } from '../subgraphs';
import { producersIn } from '../traverse';
import { withOutputs } from './with-outputs';

/** The part of a model that computes some values of its main graph: these are its outputs, and nothing else is computed. */
export function upToValues(model: Model, names: readonly string[]): Model {
  const { graph } = model;
  if (!graph) return model;
  const nodes = nodesUpTo(graph, names);
  const read = new Set([...names, ...nodes.flatMap(namesReadBy)]);
  const dropped = new Set(graph.initializers.flatMap(({ name }) => (read.has(name ?? '') ? [] : [name])));
  const part = {
    ...graph,
    // Without its default, such an input would have to be fed.
    inputs: graph.inputs.filter(({ name }) => !dropped.has(name)),
    nodes,
    initializers: graph.initializers.filter(({ name }) => read.has(name ?? '')),
    sparseInitializers: graph.sparseInitializers.filter(({ values }) => read.has(values?.name ?? '')),
    valueInfos: [],
    quantizationAnnotations: [],
  };
  return withOutputs({ ...model, graph: part }, names);
}

/** The nodes that compute some values, in the order of the graph. */
export function nodesUpTo({ nodes }: Pick<Graph, 'nodes'>, names: readonly string[]): readonly Node[] {
  const producers = producersIn(nodes);
  const needed = new Set<Node>();
  const pending = [...names];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = producers.get(name);
    if (node === undefined || needed.has(node)) continue;
    needed.add(node);
    pending.push(...namesReadBy(node));
  }
  return nodes.filter((node) => needed.has(node));
}
