/**
 * Keeps one of several equal parts: nodes with the same operator, inputs and attributes, and initializers with the same
 * elements, in one graph or several. A node in a graph inside a node is removed if a graph around it computes the same. Nodes that draw random
 * numbers or hold graphs stay.
 */
import type { Attribute, Node, Tensor, ValueName } from '../../onnx/graph';
import { drawsRandomNumbers } from '../../onnx/ops/registry';
import { fingerprintOf, hasSameElements } from '../../onnx/same-elements';
import { subgraphsOf } from '../../onnx/subgraphs';
import { isExternal, tensorBytes } from '../../onnx/tensor';
import { canonicalDomain } from '../../onnx/traverse';
import type { RewriteGraph } from './rewrite-graph';
import { rewriteModel, type RuleVerdict } from './rewrite-model';
import { shareBetweenGraphs } from './share-between-graphs';
import type { Simplification } from './simplification';

/** Longer tensors in attributes are compared by nobody: they are constants, which are initializers by now. */
const longestAttributeBytes = 4096;

export const mergeEqual: Simplification = {
  id: 'merge-equal',
  summary: 'Stores equal nodes and equal weights once.',
  apply(given, context) {
    const { model, changes: shared } = shareBetweenGraphs(given);
    const seen = new WeakMap<RewriteGraph, Map<string, Node>>();
    const around = new WeakMap<RewriteGraph, ReadonlyMap<string, Node>>();
    const { changes, ...outcome } = rewriteModel(model, context, {
      graph: mergeInitializers,
      node(graph, node) {
        const key = keyOf(node);
        if (key === undefined) return undefined;
        const known = seen.get(graph) ?? new Map<string, Node>();
        seen.set(graph, known);
        return mergeWithin(graph, node, known, key) ?? mergeOutwards(graph, node, around, key);
      },
    });
    return { ...outcome, changes: [...shared, ...changes] };
  },
};

function mergeWithin(graph: RewriteGraph, node: Node, known: Map<string, Node>, key: string): RuleVerdict {
  const first = known.get(key);
  if (first === undefined || !graph.has(first)) {
    known.set(key, node);
    return undefined;
  }
  return graph.merge(node, first) ? { change: 'Merged with an equal node' } : undefined;
}

/** Merges an inner node with an equal outer one. Their common inputs, and the result of the outer node, exist before the node that holds the graph. */
function mergeOutwards(
  graph: RewriteGraph,
  node: Node,
  around: WeakMap<RewriteGraph, ReadonlyMap<string, Node>>,
  key: string,
): RuleVerdict {
  if (node.inputs.length === 0) return undefined;
  const inner = [graph];
  for (let at = graph.parent; at; at = at.parent) {
    // A name of a graph hides that of the ones around it.
    if (node.inputs.some((name) => inner.at(-1)!.defines(name))) return undefined;
    const known = around.get(at) ?? nodesByKey(at.original.nodes);
    around.set(at, known);
    const first = known.get(key);
    const isHidden = first?.outputs.some((name) => inner.some((hiding) => hiding.defines(name)));
    if (first !== undefined && at.has(first) && isHidden === false) {
      return graph.merge(node, first) ? { change: 'Merged with an equal node of an outer graph' } : undefined;
    }
    inner.push(at);
  }
  return undefined;
}

function nodesByKey(nodes: readonly Node[]): ReadonlyMap<string, Node> {
  const known = new Map<string, Node>();
  for (const node of nodes) {
    const key = keyOf(node);
    if (key !== undefined && !known.has(key)) known.set(key, node);
  }
  return known;
}

const isGiven = (name: ValueName) => name !== '';

/** Equal keys mean equal results; `undefined` for a node that is never merged. */
function keyOf(node: Node): string | undefined {
  const { opType = '', domain, inputs, outputs, attributes } = node;
  if (drawsRandomNumbers(node) || opType === 'Constant' || subgraphsOf(node).length > 0) return undefined;
  const keys = attributes.toSorted((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1)).map(keyOfAttribute);
  if (keys.includes(undefined)) return undefined;
  return JSON.stringify([canonicalDomain(domain), opType, inputs, outputs.map(isGiven), keys]);
}

function keyOfAttribute({ name, type, f, i, s, t, floats, ints, strings, ...rest }: Attribute): unknown {
  // Sparse tensors, types and references to a function's parameters are rare, and left alone.
  const others = [rest.sparseTensor, rest.typeProto, rest.refAttrName, rest.tensors];
  if (others.some((value) => value !== undefined && (!Array.isArray(value) || value.length > 0))) return undefined;
  const tensor = t === undefined ? null : keyOfTensor(t);
  if (tensor === undefined) return undefined;
  return [
    name,
    type,
    f,
    i?.toString(),
    s && [...s],
    tensor,
    floats,
    ints?.map(String),
    strings?.map((text) => [...text]),
  ];
}

function keyOfTensor(tensor: Tensor): unknown {
  if (isExternal(tensor) || tensor.stringData !== undefined) return undefined;
  const bytes = tensorBytes(tensor);
  return bytes.byteLength > longestAttributeBytes ? undefined : [tensor.dataType, tensor.dims.map(String), [...bytes]];
}

function mergeInitializers(graph: RewriteGraph): readonly { readonly name: string; readonly change: string }[] {
  const groups = new Map<string, Tensor[]>();
  for (const tensor of graph.original.initializers) {
    if (!tensor.name || graph.constant(tensor.name) !== tensor || graph.readers(tensor.name).length === 0) continue;
    const key = `${tensor.dataType}[${tensor.dims.join()}]`;
    const group = groups.get(key);
    if (group) group.push(tensor);
    else groups.set(key, [tensor]);
  }
  return [...groups.values()].flatMap((group) => mergeGroup(graph, group));
}

function mergeGroup(graph: RewriteGraph, group: readonly Tensor[]) {
  if (group.length < 2) return [];
  const kept = new Map<string, Tensor[]>();
  const merged: { name: string; change: string }[] = [];
  for (const tensor of group) {
    const fingerprint = fingerprintOf(tensor);
    const alike = kept.get(fingerprint) ?? [];
    kept.set(fingerprint, alike);
    const same = alike.find((candidate) => hasSameElements(candidate, tensor));
    if (same === undefined || graph.isOutput(tensor.name!)) {
      alike.push(tensor);
      continue;
    }
    graph.mergeConstants(tensor.name!, same.name!);
    merged.push({ name: tensor.name!, change: `Merged with the equal ${same.name}` });
  }
  return merged;
}
