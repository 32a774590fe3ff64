/**
 * Weights in Constant nodes become initializers of the same name, so that every other pass and every tool finds them. Lists
 * and scalars of newer operator sets (`value_floats`, `value_int` …) too. Strings and sparse tensors stay.
 */
import { DataType } from '../../onnx/data-type';
import type { Attribute, Graph, Model, Node, Tensor } from '../../onnx/graph';
import { mapShared } from '../../onnx/map-shared';
import { withSubgraphs } from '../../onnx/subgraphs';
import { createTensor } from '../../onnx/tensor';
import { isDefaultDomain } from '../../onnx/traverse';
import type { Change } from '../pass';
import type { Simplification } from './simplification';

/** From this IR version on, an initializer need not be listed as a graph input. */
const irVersionOfFreeInitializers = 4n;

export const constantsToInitializers: Simplification = {
  id: 'constants-to-initializers',
  summary: 'Keeps constant tensors as initializers instead of nodes.',
  apply(model) {
    if (model.graph === undefined) return { model, changes: [], refusals: [] };
    const changes: Change[] = [];
    const graph = liftConstants(model.graph, changes);
    if (graph === model.graph) return { model, changes: [], refusals: [] };
    return { model: { ...model, graph, ...raisedIrVersion(model) }, changes, refusals: [] };
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
    changes.push({ path: name, op: 'Constant', what: 'Kept as an initializer' });
    return false;
  });
  if (lifted.length === 0) return nodes === graph.nodes ? graph : { ...graph, nodes };
  return { ...graph, nodes: rest, initializers: [...graph.initializers, ...lifted] };
}

function tensorOfConstant({ opType, domain, attributes }: Node): Tensor | undefined {
  if (opType !== 'Constant' || !isDefaultDomain(domain) || attributes.length !== 1) return undefined;
  const [attribute] = attributes as readonly [Attribute];
  switch (attribute.name) {
    case 'value':
      return attribute.t;
    case 'value_float':
      return floats([], [attribute.f ?? 0]);
    case 'value_floats':
      return floats([attribute.floats?.length ?? 0], attribute.floats ?? []);
    case 'value_int':
      return integers([], [attribute.i ?? 0n]);
    case 'value_ints':
      return integers([attribute.ints?.length ?? 0], attribute.ints ?? []);
    default:
      return undefined;
  }
}

function floats(dims: readonly number[], values: readonly number[]): Tensor {
  return createTensor({ dataType: DataType.float32, dims, bytes: Float32Array.from(values) });
}

function integers(dims: readonly number[], values: readonly bigint[]): Tensor {
  return createTensor({ dataType: DataType.int64, dims, bytes: BigInt64Array.from(values) });
}

function raisedIrVersion({ irVersion }: Model): Partial<Model> {
  return irVersion !== undefined && irVersion < irVersionOfFreeInitializers
    ? { irVersion: irVersionOfFreeInitializers }
    : {};
}
