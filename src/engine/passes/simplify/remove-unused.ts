/**
 * Removes parts that no output depends on: nodes, optional results, initializers, descriptions of values, and operator
 * sets without nodes. Nodes with an effect of their own do not exist in ONNX. Outputs of the model stay. Inputs stay
 * too, with the reason, unless an option removes them: callers feed them by name.
 */
import type { Graph, Model, Node, ValueName } from '../../onnx/graph';
import { namesDefinedBy, namesReadBy, subgraphsOf, withSubgraphs } from '../../onnx/subgraphs';
import { canonicalDomain, nodePathPart, nodes } from '../../onnx/traverse';
import type { Change, Refusal } from '../pass';
import type { Simplification } from './simplification';
import { operatorRecord } from '../../onnx/ops/registry';

/**
 * Results of a node that nothing reads and that the node need not give: it computes less without them.
 * The inputs of a Loop beside its carried values: the trip count and the condition.
 */
const loopControls = 2;

/**
 * Returns the node without unread results. These are optional ones, rows that a Loop collects, and those of an If
 * together with the parts that compute them in both branches. Returns the same object if all are read.
 */
export function withoutUnusedResults(node: Node, isRead: (name: ValueName) => boolean): Node {
  const isUnused = (index: number) => !isRead(node.outputs[index]!);
  const indices = [...node.outputs.keys()];
  switch (node.opType) {
    case 'If':
      return withoutResults(node, indices.filter(isUnused), 0);
    case 'Loop': {
      const carried = node.inputs.length - loopControls;
      // The first result of the body says whether to go on.
      return withoutResults(
        node,
        indices.filter((index) => index >= carried && isUnused(index)),
        1,
      );
    }
    default:
      return withoutOptional(node, indices.filter(isUnused));
  }
}

function withoutOptional(node: Node, unused: readonly number[]): Node {
  const first = operatorRecord(node)?.optionalOutputsFrom;
  const gone = unused.filter((index) => first !== undefined && index >= first && node.outputs[index] !== '');
  if (gone.length === 0) return node;
  const outputs = node.outputs.map((name, index) => (gone.includes(index) ? '' : name));
  return { ...node, outputs: outputs.slice(0, outputs.findLastIndex((name) => name !== '') + 1) };
}

/** `offset`: how many results the graphs inside give before those of the node. */
function withoutResults(node: Node, unused: readonly number[], offset: number): Node {
  const isComplete = subgraphsOf(node).every(({ outputs }) => outputs.length === node.outputs.length + offset);
  if (unused.length === 0 || !isComplete) return node;
  const isKept = (_: unknown, index: number) => !unused.includes(index);
  const trim = (graph: Graph): Graph => ({
    ...graph,
    outputs: graph.outputs.filter((output, index) => index < offset || isKept(output, index - offset)),
  });
  return { ...withSubgraphs(node, trim), outputs: node.outputs.filter(isKept) };
}

export const removeUnused: Simplification = {
  id: 'remove-unused',
  summary: 'Removes nodes, weights and operator sets that no output depends on.',
  apply(model, { removesInputs = false }) {
    if (model.graph === undefined) return { model, changes: [], refusals: [] };
    const changes: Change[] = [];
    const used = withoutUnused(model.graph, 'graph', changes);
    const unread = unreadInputs(used);
    const graph = removesInputs ? withoutInputs(used, unread, changes) : used;
    const pruned = withoutUnusedOpsets(graph === model.graph ? model : { ...model, graph }, changes);
    return { model: pruned, changes, refusals: removesInputs ? [] : unread.map(stays) };
  },
};

/** Inputs of the model that nothing reads. */
function unreadInputs(graph: Graph): readonly ValueName[] {
  const read = new Set(graph.nodes.flatMap((node) => [...namesReadBy(node)]));
  for (const { name = '' } of graph.outputs) read.add(name);
  return graph.inputs.flatMap(({ name = '' }) => (name === '' || read.has(name) ? [] : [name]));
}

function withoutInputs(graph: Graph, unused: readonly ValueName[], changes: Change[]): Graph {
  if (unused.length === 0) return graph;
  const isLeft = ({ name = '' }: { readonly name?: string }) => !unused.includes(name);
  for (const name of unused) changes.push({ path: `graph/${name}`, op: 'Input', what: 'Removed: unused' });
  return { ...graph, inputs: graph.inputs.filter(isLeft), initializers: graph.initializers.filter(isLeft) };
}

function stays(name: ValueName): Refusal {
  const reason = 'This input is unused. It stays, because callers feed inputs by name and would have to change.';
  return { path: `graph/${name}`, op: 'Input', code: 'unread-input', reason };
}

function withoutUnused(graph: Graph, path: string, changes: Change[]): Graph {
  const read = new Set<ValueName>(graph.outputs.map(({ name }) => name ?? ''));
  const kept: Node[] = [];
  // Goes backwards: a node is needed if a later node, or an output, reads its outputs.
  for (const [fromEnd, node] of graph.nodes.toReversed().entries()) {
    const index = graph.nodes.length - 1 - fromEnd;
    const nodePath = `${path}/${nodePathPart(node, index)}`;
    if (!node.outputs.some((name) => name !== '' && read.has(name))) {
      changes.push({ path: nodePath, op: node.opType ?? '', what: 'Removed: unused' });
      continue;
    }
    const wanted = withoutUnusedResults(node, (name) => read.has(name));
    if (wanted !== node)
      changes.push({ path: nodePath, op: node.opType ?? '', what: 'No longer outputs an unused result' });
    const trimmed = withSubgraphs(wanted, (inner) => withoutUnused(inner, nodePath, changes));
    for (const name of namesReadBy(trimmed)) read.add(name);
    kept.push(trimmed);
  }
  kept.reverse();
  const isSame = kept.length === graph.nodes.length && kept.every((node, index) => node === graph.nodes[index]);
  const nodesLeft = isSame ? graph.nodes : kept;
  const unused = new Set<ValueName>();
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const initializers = graph.initializers.filter(({ name = '' }) => {
    // One that a caller may give other values for is an input.
    if (read.has(name) || inputs.has(name)) return true;
    changes.push({ path: `${path}/${name}`, op: 'Initializer', what: 'Removed: unused' });
    unused.add(name);
    return false;
  });
  if (nodesLeft === graph.nodes && unused.size === 0) return graph;
  const trimmed = { ...graph, nodes: nodesLeft, initializers };
  const defined = new Set(namesDefinedBy(trimmed));
  return { ...trimmed, valueInfos: graph.valueInfos.filter(({ name }) => name === undefined || defined.has(name)) };
}

function withoutUnusedOpsets(model: Model, changes: Change[]): Model {
  const used = new Set(['']);
  for (const { node } of nodes(model)) used.add(canonicalDomain(node.domain));
  const opsetImports = model.opsetImports.filter(({ domain }) => {
    if (used.has(canonicalDomain(domain))) return true;
    changes.push({ path: domain ?? '', op: 'Operator set', what: 'Removed: no node uses it' });
    return false;
  });
  return opsetImports.length === model.opsetImports.length ? model : { ...model, opsetImports };
}
