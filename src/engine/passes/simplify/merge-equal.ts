/**
 * What is there twice is kept once: nodes with the same operator, inputs and attributes, and initializers with the same
 * elements. Never nodes that draw random numbers or hold graphs.
 */
import type { Attribute, Node, Tensor } from '../../onnx/graph';
import { drawsRandomNumbers } from '../../onnx/ops/random-operators';
import { fingerprintOf, hasSameElements } from '../../onnx/same-elements';
import { subgraphsOf } from '../../onnx/subgraphs';
import { isExternal, tensorBytes } from '../../onnx/tensor';
import { canonicalDomain } from '../../onnx/traverse';
import type { RewriteGraph } from './rewrite-graph';
import { rewriteModel, type NodeRule } from './rewrite-model';
import type { Simplification } from './simplification';

/** Longer tensors in attributes are compared by nobody: they are constants, which are initializers by now. */
const longestAttributeBytes = 4096;

export const mergeEqual: Simplification = {
  id: 'merge-equal',
  summary: 'Keeps equal nodes and equal weights once.',
  apply(model, context) {
    const seen = new WeakMap<RewriteGraph, Map<string, Node>>();
    return rewriteModel(model, context, {
      graph: mergeInitializers,
      node(graph, node) {
        const known = seen.get(graph) ?? new Map<string, Node>();
        seen.set(graph, known);
        return mergeNode(graph, node, known);
      },
    });
  },
};

function mergeNode(graph: RewriteGraph, node: Node, known: Map<string, Node>): ReturnType<NodeRule> {
  const key = keyOf(node);
  if (key === undefined) return undefined;
  const first = known.get(key);
  if (first === undefined || !graph.has(first)) {
    known.set(key, node);
    return undefined;
  }
  return graph.merge(node, first) ? { change: 'Merged with an equal node' } : undefined;
}

/** Equal keys mean equal results; `undefined` for a node that is never merged. */
function keyOf(node: Node): string | undefined {
  const { opType = '', domain, inputs, outputs, attributes } = node;
  if (drawsRandomNumbers(node) || opType === 'Constant' || subgraphsOf(node).length > 0) return undefined;
  const described = attributes.toSorted((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1)).map(describeAttribute);
  if (described.includes(undefined)) return undefined;
  return JSON.stringify([canonicalDomain(domain), opType, inputs, outputs.length, described]);
}

function describeAttribute({ name, type, f, i, s, t, floats, ints, strings, ...rest }: Attribute): unknown {
  // Sparse tensors, types and references to a function's parameters are rare, and left alone.
  const others = [rest.sparseTensor, rest.typeProto, rest.refAttrName, rest.tensors];
  if (others.some((value) => value !== undefined && (!Array.isArray(value) || value.length > 0))) return undefined;
  const tensor = t === undefined ? null : describeTensor(t);
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

function describeTensor(tensor: Tensor): unknown {
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
