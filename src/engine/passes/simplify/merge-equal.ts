/**
 * Keeps one of several equal parts: nodes with the same operator, inputs and attributes, and initializers with the same
 * elements, in one graph or several. A node in a graph inside a node is removed if a graph around it computes the same. Nodes that draw random
 * numbers or hold graphs stay.
 */
import type { Attribute, Graph, Model, Node, Tensor, ValueName } from '../../onnx/graph';
import { drawsRandomNumbers } from '../../onnx/ops/registry';
import { fingerprintOf, hasSameElements } from '../../onnx/same-elements';
import { namesDefinedBy, subgraphsOf, withSubgraphs } from '../../onnx/subgraphs';
import { isExternal, storedSizeBytes, tensorBytes } from '../../onnx/tensor';
import { canonicalDomain, type Scope, scopes } from '../../onnx/traverse';
import type { RewriteGraph } from './rewrite-graph';
import { rewriteModel, type RuleVerdict } from './rewrite-model';
import type { Simplification } from './simplification';
import { NameSet } from '../../onnx/name-set';
import { renameGraph } from '../../onnx/rename-values';
import type { Change } from '../pass';

/**
 * Stores a weight once that several graphs hold, such as the branches of a merged decoder. The copy is in the main
 * graph, whose names are visible in the graphs inside its nodes.
 * Less is no weight, and some kernels look for small constants in their own graph.
 */
const leastBytes = 1024;

interface Held {
  readonly graph: Graph;
  readonly path: string;
  readonly tensor: Tensor;
}

function shareBetweenGraphs(model: Model): { readonly model: Model; readonly changes: readonly Change[] } {
  const main = model.graph;
  const all = [...scopes(model)];
  const graphs = all.filter((scope) => rootOf(scope).graph === main);
  if (main === undefined || graphs.length < 2) return { model, changes: [] };
  const definitions = all.flatMap(({ graph }) => (graph === undefined ? [] : [...namesDefinedBy(graph)]));
  const taken = new NameSet(definitions);
  const added: Tensor[] = [];
  const moved = new Map<Graph, Map<string, string>>();
  const changes: Change[] = [];
  for (const group of equalWeights(graphs)) {
    const inside = group.filter(({ graph }) => graph !== main);
    if (inside.length === 0) continue;
    const own = group.find(({ graph, tensor }) => graph === main && isVisible(tensor.name!, inside, definitions));
    const name = own?.tensor.name ?? taken.addFree(inside[0]!.tensor.name!);
    if (own === undefined) added.push({ ...inside[0]!.tensor, name });
    for (const { graph, path, tensor } of inside) {
      const names = moved.get(graph) ?? new Map<string, string>();
      moved.set(graph, names.set(tensor.name!, name));
      changes.push({
        path: `${path}/${tensor.name}`,
        op: 'Initializer',
        what: `Stored once for several graphs: ${name}`,
      });
    }
  }
  if (changes.length === 0) return { model, changes };
  const rewritten = withMoved(main, moved);
  return { model: { ...model, graph: { ...rewritten, initializers: [...rewritten.initializers, ...added] } }, changes };
}

function rootOf(scope: Scope): Scope {
  let root = scope;
  while (root.parent) root = root.parent.scope;
  return root;
}

/** False if a graph defines the name too and keeps it: it would hide the weight. */
function isVisible(name: string, moving: readonly Held[], definitions: readonly string[]): boolean {
  const leaving = moving.filter(({ tensor }) => tensor.name === name).length;
  return definitions.filter((each) => each === name).length - leaving === 1;
}

/** Groups of at least two equal weights. Weights that are inputs or outputs of their graph are left out. */
function equalWeights(graphs: readonly Scope[]): readonly (readonly Held[])[] {
  const groups = new Map<string, Held[][]>();
  for (const { graph, path } of graphs) {
    if (graph === undefined) continue;
    const bound = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name));
    for (const tensor of graph.initializers) {
      const isReadable = !isExternal(tensor) || tensor.externalSource !== undefined;
      if (!tensor.name || bound.has(tensor.name) || !isReadable || storedSizeBytes(tensor) < leastBytes) continue;
      const key = fingerprintOf(tensor);
      const alike = groups.get(key) ?? [];
      groups.set(key, alike);
      const same = alike.find(([first]) => hasSameElements(first!.tensor, tensor));
      if (same) same.push({ graph, path, tensor });
      else alike.push([{ graph, path, tensor }]);
    }
  }
  return [...groups.values()].flat().filter(({ length }) => length > 1);
}

/** The graph without the moved weights, whose readers use their new names. */
function withMoved(graph: Graph, moved: ReadonlyMap<Graph, ReadonlyMap<string, string>>): Graph {
  const nodes = graph.nodes.map((node) => withSubgraphs(node, (inner) => withMoved(inner, moved)));
  const names = moved.get(graph);
  if (names === undefined) return { ...graph, nodes };
  const initializers = graph.initializers.filter(({ name }) => !names.has(name ?? ''));
  const valueInfos = graph.valueInfos.filter(({ name }) => !names.has(name ?? ''));
  return renameGraph({ ...graph, nodes, initializers, valueInfos }, names);
}

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
