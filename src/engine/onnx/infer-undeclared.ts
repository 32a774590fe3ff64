import type { Graph, Model, ValueName } from './graph';
import { inferModel } from './infer';
import type { InferredValue } from './ops/operator';
import { withSubgraphs } from './subgraphs';

/**
 * Infers the values of each graph of the model by the rules of operators alone. Descriptions of values in between are left out, so that
 * none of them supports itself or another. Bodies of functions are not among the graphs.
 * @param undeclare removes other declarations of a graph.
 */
export function inferUndeclared(
  model: Model,
  undeclare: (graph: Graph) => Graph = (graph) => graph,
): ReadonlyMap<Graph, (name: ValueName) => InferredValue | undefined> {
  if (model.graph === undefined) return new Map();
  const bare = new Map<Graph, Graph>();
  const strip = (graph: Graph): Graph => {
    const nodes = graph.nodes.map((node) => withSubgraphs(node, strip));
    const result = undeclare({ ...graph, nodes, valueInfos: [] });
    bare.set(graph, result);
    return result;
  };
  const inferred = inferModel({ ...model, graph: strip(model.graph) });
  return new Map([...bare].map(([graph, without]) => [graph, (name) => inferred.value(without, name)]));
}
