/**
 * Weights in Constant nodes become initializers of the same name, so that every other pass and every tool finds them. Lists
 * and scalars of newer operator sets (`value_floats`, `value_int` …) too. Strings and sparse tensors stay.
 */
import { tensorOfConstant } from '../../onnx/constant-node';
import type { Graph, Tensor } from '../../onnx/graph';
import { mapShared } from '../../onnx/map-shared';
import { withSubgraphs } from '../../onnx/subgraphs';
import type { Change } from '../pass';
import type { Simplification } from './simplification';

export const constantsToInitializers: Simplification = {
  id: 'constants-to-initializers',
  summary: 'Converts Constant nodes to initializers.',
  apply(model) {
    if (model.graph === undefined) return { model, changes: [], refusals: [] };
    const changes: Change[] = [];
    const graph = liftConstants(model.graph, changes);
    if (graph === model.graph) return { model, changes: [], refusals: [] };
    return { model: { ...model, graph }, changes, refusals: [] };
  },
};

function liftConstants(graph: Graph, changes: Change[]): Graph {
  const nodes = mapShared(graph.nodes, (node) => withSubgraphs(node, (inner) => liftConstants(inner, changes)));
  const lifted: Tensor[] = [];
  const rest = nodes.filter((node) => {
    const tensor = tensorOfConstant(node);
    const name = node.outputs[0];
    if (tensor === undefined || !name) return true;
    lifted.push({ ...tensor, name });
    changes.push({ path: name, op: 'Constant', what: 'Converted to an initializer' });
    return false;
  });
  if (lifted.length === 0) return nodes === graph.nodes ? graph : { ...graph, nodes };
  return { ...graph, nodes: rest, initializers: [...graph.initializers, ...lifted] };
}
