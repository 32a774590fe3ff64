/** The editor of one graph or subgraph: see `edit.ts`. */
import { tensorOfConstant } from './constant-node';
import { withoutOrphans } from './edit-orphans';
import type { Graph, Node, Tensor, ValueName } from './graph';
import { NameSet } from './name-set';
import { namesDefinedBy, withSubgraphs } from './subgraphs';
import { inTopologicalOrder } from './topological-order';

/** The editor of a graph of the model, if it has one. */
type EditorLookup = (graph: Graph) => GraphEditor | undefined;

export class GraphEditor {
  readonly original: Graph;
  readonly parent: GraphEditor | undefined;
  /** Node names of the whole model: ONNX Runtime wants them unique per model, and reports use them. */
  readonly #nodeNames: NameSet;
  /** Names defined in this graph, and in any graph below it. */
  readonly #ownNames = new Set<ValueName>();
  readonly #namesBelow = new NameSet();
  readonly #constants = new Map<ValueName, Tensor>();
  /** The original node that computes each value. */
  readonly #producers = new Map<ValueName, Node>();
  readonly #before = new Map<Node, Node[]>();
  readonly #replacements = new Map<Node, readonly Node[]>();
  readonly #addedInitializers: Tensor[] = [];
  readonly #appended: Node[] = [];
  readonly #removedConstants = new Set<ValueName>();

  constructor(graph: Graph, parent: GraphEditor | undefined, nodeNames: NameSet) {
    this.original = graph;
    this.parent = parent;
    this.#nodeNames = nodeNames;
    for (const name of namesDefinedBy(graph)) this.#defineName(name);
    for (const tensor of graph.initializers) if (tensor.name) this.#constants.set(tensor.name, tensor);
    for (const node of graph.nodes) {
      if (node.name) nodeNames.add(node.name);
      for (const output of node.outputs) this.#producers.set(output, node);
      const tensor = tensorOfConstant(node);
      if (tensor && node.outputs[0]) this.#constants.set(node.outputs[0], tensor);
    }
  }

  /** True when this graph itself (not one around it) defines the name. */
  defines(name: ValueName): boolean {
    return this.#ownNames.has(name);
  }

  /** The tensor of an initializer or Constant node of this graph. */
  constant(name: ValueName): Tensor | undefined {
    return this.#constants.get(name);
  }

  /** The node of the original graph that computes a value. */
  producer(name: ValueName): Node | undefined {
    return this.#producers.get(name);
  }

  /** A value name that is free here, around and below: `base`, or `base_1`, `base_2` … It is taken from now on. */
  freshValueName(base: ValueName): ValueName {
    const name = this.#namesBelow.addFree(base, (candidate) => this.#isTakenAround(candidate));
    this.#defineName(name);
    return name;
  }

  /** A node name that is free in the whole model. An empty base stays empty: the node is to have no name. */
  freshNodeName(base: string): string {
    return base === '' ? '' : this.#nodeNames.addFree(base);
  }

  /** Adds an initializer. Its name must come from `freshValueName`, or be that of a constant that was taken away. */
  addInitializer(tensor: Tensor): void {
    this.#addedInitializers.push(tensor);
    if (tensor.name) this.#constants.set(tensor.name, tensor);
  }

  /**
   * Removes an initializer or Constant node of this graph whose value nodes or another constant will provide. False when there is none, or
   * it was taken away before.
   */
  removeConstant(name: ValueName): boolean {
    if (this.#removedConstants.has(name) || !this.#constants.has(name)) return false;
    this.#removedConstants.add(name);
    const holder = this.#producers.get(name);
    if (holder) this.replaceNode(holder, []);
    return true;
  }

  /** Puts nodes directly before an original node (after those put there earlier). */
  insertBefore(anchor: Node, nodes: readonly Node[]): void {
    const list = this.#before.get(anchor);
    // One by one: as arguments of one call, a hundred thousand nodes overflow the stack.
    if (list) for (const node of nodes) list.push(node);
    else this.#before.set(anchor, [...nodes]);
  }

  /** Puts nodes at the end. */
  append(nodes: readonly Node[]): void {
    for (const node of nodes) this.#appended.push(node);
  }

  /** Puts nodes in the place of an original node; none removes it. A later call wins. */
  replaceNode(node: Node, replacements: readonly Node[]): void {
    this.#replacements.set(node, replacements);
  }

  /**
   * Returns the changed graph, or the original object if nothing changed in it or below. Only `ModelEditor` calls it.
   */
  finish(editorOf: EditorLookup): Graph {
    const { original } = this;
    const nodes = this.#finishNodes(editorOf);
    const sameNodes = nodes.length === original.nodes.length && nodes.every((node, at) => node === original.nodes[at]);
    if (sameNodes && this.#addedInitializers.length === 0) return original;
    const isKept = ({ name }: { readonly name?: ValueName }): boolean => !this.#removedConstants.has(name ?? '');
    return withoutOrphans(original, {
      ...original,
      inputs: original.inputs.every(isKept) ? original.inputs : original.inputs.filter(isKept),
      initializers: [...original.initializers.filter(isKept), ...this.#addedInitializers],
      nodes: inTopologicalOrder(nodes),
    });
  }

  #finishNodes(editorOf: EditorLookup): Node[] {
    const finished: Node[] = [];
    const add = (node: Node): void => {
      finished.push(withSubgraphs(node, (graph) => editorOf(graph)?.finish(editorOf) ?? graph));
    };
    for (const node of this.original.nodes) {
      this.#before.get(node)?.forEach(add);
      (this.#replacements.get(node) ?? [node]).forEach(add);
    }
    this.#appended.forEach(add);
    return finished;
  }

  #isTakenAround(name: ValueName): boolean {
    for (let editor = this.parent; editor; editor = editor.parent) if (editor.#ownNames.has(name)) return true;
    return false;
  }

  #defineName(name: ValueName): void {
    this.#ownNames.add(name);
    this.#namesBelow.add(name);
    for (let editor = this.parent; editor; editor = editor.parent) editor.#namesBelow.add(name);
  }
}
