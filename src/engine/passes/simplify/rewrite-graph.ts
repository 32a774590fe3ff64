/**
 * A graph while rules rewrite it node by node: who makes and who reads each value, which values are constants. Nodes,
 * tensors and subgraphs that no rule touches are shared with the original.
 */
import { tensorOfConstant } from '../../onnx/constant-node';
import type { Graph, Node, Tensor, ValueName } from '../../onnx/graph';
import type { InferredModel } from '../../onnx/infer';
import type { InferredValue } from '../../onnx/ops/operator';
import { hasSameElements } from '../../onnx/same-elements';
import { namesDefinedBy, namesReadBy, withSubgraphs } from '../../onnx/subgraphs';
import { inTopologicalOrder } from '../../onnx/topological-order';

/** Hands out names that are free in the whole model: a name of one graph may be read in graphs below it. */
export interface FreshNames {
  value(base: string): ValueName;
  /** True when more than one graph of the model defines the name. */
  isShared(name: ValueName): boolean;
}

export class RewriteGraph {
  readonly original: Graph;
  readonly parent: RewriteGraph | undefined;
  /** Version of the default operator set. */
  readonly opset: number;
  readonly #inferred: InferredModel;
  readonly #names: FreshNames;
  /** A slot for each node of the original, with the nodes that replace it. */
  readonly #slots: Node[][];
  readonly #slotOf = new Map<Node, number>();
  readonly #producers = new Map<ValueName, Node>();
  readonly #readers = new Map<ValueName, Set<Node>>();
  readonly #outputs: ReadonlySet<ValueName>;
  readonly #initializers = new Map<ValueName, Tensor>();
  readonly #inputs: ReadonlySet<ValueName>;
  readonly #added: Tensor[] = [];
  #changed = false;

  constructor(
    graph: Graph,
    around: {
      readonly parent?: RewriteGraph;
      readonly inferred: InferredModel;
      readonly names: FreshNames;
      readonly opset: number;
    },
  ) {
    this.original = graph;
    this.parent = around.parent;
    this.opset = around.opset;
    this.#inferred = around.inferred;
    this.#names = around.names;
    this.#outputs = new Set(graph.outputs.map(({ name }) => name ?? ''));
    this.#inputs = new Set(graph.inputs.map(({ name }) => name ?? ''));
    for (const tensor of graph.initializers) if (tensor.name) this.#initializers.set(tensor.name, tensor);
    this.#slots = graph.nodes.map((node) => [node]);
    graph.nodes.forEach((node, index) => this.#attach(node, index));
  }

  /** The present nodes in the place of the original node of that index. */
  nodesAt(index: number): readonly Node[] {
    return [...this.#slots[index]!];
  }

  /** False once a rule has removed or replaced the node. */
  has(node: Node): boolean {
    return this.#slotOf.has(node);
  }

  /** True when this graph itself (not one around it) has a value of that name. */
  defines(name: ValueName): boolean {
    return this.#producers.has(name) || this.#initializers.has(name) || this.#inputs.has(name);
  }

  /** The node of this graph that computes a value. */
  producer(name: ValueName): Node | undefined {
    return this.#producers.get(name);
  }

  /** The nodes of this graph that read a value, themselves or in a graph inside them. */
  readers(name: ValueName): readonly Node[] {
    return [...(this.#readers.get(name) ?? [])];
  }

  isOutput(name: ValueName): boolean {
    return this.#outputs.has(name);
  }

  /** The only node that reads a value, when it is no output of the graph. */
  onlyReader(name: ValueName): Node | undefined {
    const readers = this.#readers.get(name);
    return readers?.size === 1 && !this.isOutput(name) ? readers.values().next().value : undefined;
  }

  /**
   * The tensor that a name always stands for: an initializer or Constant node of this graph or of one around it. An
   * initializer that is a graph input too is not among them, because a caller may replace it.
   */
  constant(name: ValueName): Tensor | undefined {
    const initializer = this.#initializers.get(name);
    if (initializer !== undefined) return this.#inputs.has(name) ? undefined : initializer;
    const producer = this.#producers.get(name);
    if (producer !== undefined) return tensorOfConstant(producer);
    return this.#inputs.has(name) ? undefined : this.parent?.constant(name);
  }

  /** The inferred facts of a value of the original model. */
  value(name: ValueName): InferredValue {
    return this.#inferred.value(this.original, name) ?? {};
  }

  /**
   * Adds an initializer under a free name made from `base`, and returns the name. If one of the values `known` is the
   * same constant already, its name is returned: unchanged constants keep their names.
   */
  addConstant(base: string, tensor: Tensor, known: readonly ValueName[] = []): ValueName {
    const same = known.find((candidate) => isSameTensor(this.constant(candidate), tensor));
    if (same !== undefined) return same;
    const name = this.#names.value(base);
    this.adopt({ ...tensor, name });
    return name;
  }

  /** Replaces the output of a node by an initializer of the same name. Nobody may want the node's other results. */
  define(node: Node, tensor: Tensor): void {
    const name = node.outputs[0]!;
    this.remove(node);
    this.adopt({ ...tensor, name });
  }

  /** Takes a tensor over from a graph inside this one, under its own name. */
  adopt(tensor: Tensor): void {
    this.#added.push(tensor);
    if (tensor.name) this.#initializers.set(tensor.name, tensor);
    this.#changed = true;
  }

  /** The name itself, or a free one made from it when another graph has a value of that name. */
  nameFromInside(name: ValueName): ValueName {
    return this.#names.isShared(name) ? this.#names.value(name) : name;
  }

  freshName(base: string): ValueName {
    return this.#names.value(base);
  }

  /** Puts nodes in the place of one. Values keep their names, so readers need no change. */
  replace(node: Node, replacements: readonly Node[]): void {
    const slot = this.#slotOf.get(node);
    if (slot === undefined) throw new TypeError('This node is not part of the graph any more.');
    this.#detach(node);
    this.#slots[slot] = this.#slots[slot]!.flatMap((each) => (each === node ? replacements : [each]));
    for (const replacement of replacements) this.#attach(replacement, slot);
    this.#changed = true;
  }

  remove(node: Node): void {
    this.replace(node, []);
  }

  /**
   * Lets every reader of `from` read `to`, and removes the node that computes `from`. If `from` is an output of the
   * graph its name must stay: then the node that computes `to` takes the name over. Returns false, and changes nothing,
   * if that is impossible: `to` is an input or constant, an output too, or computed in a graph around this one.
   */
  bypass(from: ValueName, to: ValueName): boolean {
    const source = this.#producers.get(from);
    if (source === undefined || from === to || !this.#isOnlyResult(source, from)) return false;
    if (!this.isOutput(from)) {
      this.remove(source);
      this.#rename(from, to);
      return true;
    }
    const producer = this.#producers.get(to);
    if (producer === undefined || this.isOutput(to)) return false;
    this.remove(source);
    this.replace(producer, [{ ...producer, outputs: producer.outputs.map((name) => (name === to ? from : name)) }]);
    this.#rename(to, from);
    return true;
  }

  /** The rewritten graph; the original object when no rule changed anything. */
  finish(): Graph {
    if (!this.#changed) return this.original;
    const nodes = inTopologicalOrder(this.#slots.flat());
    const graph = { ...this.original, nodes, initializers: [...this.original.initializers, ...this.#added] };
    const defined = new Set(namesDefinedBy(graph));
    return { ...graph, valueInfos: graph.valueInfos.filter(({ name }) => name === undefined || defined.has(name)) };
  }

  /**
   * Lets every reader of the outputs of `node` read the same outputs of `other`, and removes `node`. False, and nothing
   * changed, if a result of `node` is an output of the graph: its name must stay.
   */
  merge(node: Node, other: Node): boolean {
    if (node.outputs.some((name) => this.isOutput(name))) return false;
    this.remove(node);
    node.outputs.forEach((name, index) => {
      if (name !== '') this.#rename(name, other.outputs[index]!);
    });
    return true;
  }

  /** Lets every node read one constant in the place of an equal one. */
  mergeConstants(from: ValueName, to: ValueName): void {
    this.#rename(from, to);
  }

  /** True if nothing reads another result of the node. */
  #isOnlyResult({ outputs }: Node, wanted: ValueName): boolean {
    const isUnread = (name: ValueName) => !this.isOutput(name) && this.readers(name).length === 0;
    return outputs.every((name) => name === wanted || name === '' || isUnread(name));
  }

  #rename(from: ValueName, to: ValueName): void {
    const renamed = new Map([[from, to]]);
    for (const reader of this.readers(from)) this.replace(reader, [withNamesRead(reader, renamed)]);
  }

  #attach(node: Node, slot: number): void {
    this.#slotOf.set(node, slot);
    for (const name of node.outputs) if (name !== '') this.#producers.set(name, node);
    for (const name of namesReadBy(node)) {
      const readers = this.#readers.get(name);
      if (readers) readers.add(node);
      else this.#readers.set(name, new Set([node]));
    }
  }

  #detach(node: Node): void {
    this.#slotOf.delete(node);
    for (const name of node.outputs) if (this.#producers.get(name) === node) this.#producers.delete(name);
    for (const name of namesReadBy(node)) this.#readers.get(name)?.delete(node);
  }
}

function isSameTensor(a: Tensor | undefined, b: Tensor): boolean {
  if (a === undefined || a.dataType !== b.dataType || a.dims.join() !== b.dims.join()) return false;
  return hasSameElements(a, b);
}

/** The node with other names in the place of those that it reads, all at once, in the graphs inside it too. */
export function withNamesRead(node: Node, renamed: ReadonlyMap<ValueName, ValueName>): Node {
  const swap = (name: ValueName) => renamed.get(name) ?? name;
  const swapped = withSubgraphs(node, (graph) => ({
    ...graph,
    nodes: graph.nodes.map((inner) => withNamesRead(inner, renamed)),
    outputs: graph.outputs.map((output) =>
      renamed.has(output.name ?? '') ? { ...output, name: swap(output.name!) } : output,
    ),
  }));
  return { ...swapped, inputs: swapped.inputs.map(swap) };
}
