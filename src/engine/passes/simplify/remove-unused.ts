/**
 * Takes away what no output depends on: nodes, initializers, descriptions of values, and operator sets that no node is
 * from. Inputs and outputs of the model stay: callers know them by name. Nodes with an effect of their own do not exist in
 * ONNX.
 */
import type { Graph, Model, Node, ValueName } from '../../onnx/graph';
import { namesDefinedBy, namesReadBy, withSubgraphs } from '../../onnx/subgraphs';
import { canonicalDomain, nodeLabel, nodes } from '../../onnx/traverse';
import type { Change } from '../pass';
import type { Simplification } from './simplification';

export const removeUnused: Simplification = {
  id: 'remove-unused',
  summary: 'Takes away nodes, weights and operator sets that no output depends on.',
  apply(model) {
    if (model.graph === undefined) return { model, changes: [], refusals: [] };
    const changes: Change[] = [];
    const graph = withoutUnused(model.graph, 'graph', changes);
    const pruned = withoutUnusedOpsets(graph === model.graph ? model : { ...model, graph }, changes);
    return { model: pruned, changes, refusals: [] };
  },
};

function withoutUnused(graph: Graph, path: string, changes: Change[]): Graph {
  const read = new Set<ValueName>(graph.outputs.map(({ name }) => name ?? ''));
  const kept: Node[] = [];
  // Backwards: a node is needed when a node after it, or an output, reads what it computes.
  for (const [fromEnd, node] of graph.nodes.toReversed().entries()) {
    const index = graph.nodes.length - 1 - fromEnd;
    const label = `${path}/${nodeLabel(node, index)}`;
    if (!node.outputs.some((name) => name !== '' && read.has(name))) {
      changes.push({ path: label, op: node.opType ?? '', what: 'Removed: nothing depends on it' });
      continue;
    }
    const trimmed = withSubgraphs(node, (inner) => withoutUnused(inner, label, changes));
    for (const name of namesReadBy(trimmed)) read.add(name);
    kept.push(trimmed);
  }
  kept.reverse();
  const isSame = kept.length === graph.nodes.length && kept.every((node, index) => node === graph.nodes[index]);
  const nodesLeft = isSame ? graph.nodes : kept;
  const gone = new Set<ValueName>();
  const initializers = graph.initializers.filter(({ name = '' }) => {
    if (read.has(name)) return true;
    changes.push({ path: `${path}/${name}`, op: 'Initializer', what: 'Removed: nothing reads it' });
    gone.add(name);
    return false;
  });
  if (nodesLeft === graph.nodes && gone.size === 0) return graph;
  // An initializer of an old file is listed as an input too.
  const inputs = graph.inputs.filter(({ name = '' }) => !gone.has(name));
  const trimmed = { ...graph, nodes: nodesLeft, initializers, inputs };
  const defined = new Set(namesDefinedBy(trimmed));
  return { ...trimmed, valueInfos: graph.valueInfos.filter(({ name }) => name === undefined || defined.has(name)) };
}

function withoutUnusedOpsets(model: Model, changes: Change[]): Model {
  const used = new Set(['']);
  for (const { node } of nodes(model)) used.add(canonicalDomain(node.domain));
  const opsetImports = model.opsetImports.filter(({ domain }) => {
    if (used.has(canonicalDomain(domain))) return true;
    changes.push({ path: domain ?? '', op: 'Operator set', what: 'Removed: no node is from it' });
    return false;
  });
  return opsetImports.length === model.opsetImports.length ? model : { ...model, opsetImports };
}
