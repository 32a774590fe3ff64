/** The graphs of a model as they are drawn: what stands in them, and which of it reads from which. */
import type { Model, ValueName } from '../../onnx/graph';
import { namesReadBy } from '../../onnx/subgraphs';
import { childScopes, isDefaultDomain, nodesOf, scopes, type NodeVisit, type Scope } from '../../onnx/traverse';
import { weights, type Weight } from '../../onnx/weights';
import { nodePrecisions, restoringOperators } from '../weights/node-precision';

/** An item of the drawing: a node, or a value that enters the graph or leaves it. */
export interface GraphItem {
  /** `outer`: a value of a graph around this one. */
  readonly kind: 'node' | 'input' | 'output' | 'outer';
  /** A node's path, as `inspect` gives it; `<scope>:<kind>:<name>` for the others. Tells items of a model apart. */
  readonly path: string;
  /** The operator, or the name of the value. */
  readonly title: string;
  /** Element type of a node's weights; `null` without weights. */
  readonly precision: string | null;
  /** Names of the constants that a node reads: they are not drawn as items of their own. */
  readonly constants: readonly string[];
  /** Paths of the graphs that a node holds, or of the function that it calls. */
  readonly graphs: readonly string[];
  /** The node only turns a stored weight into the numbers that others compute with. Absent for all other items. */
  readonly restoresWeight?: true;
}

export interface GraphEdge {
  /** Positions in `items`. `from` comes before `to`. */
  readonly from: number;
  readonly to: number;
  /** The values that go this way. */
  readonly values: readonly ValueName[];
}

export interface GraphStructure {
  /** `graph`, `graph/If_0.then_branch`, `function:com.example:Gelu`. */
  readonly path: string;
  /** The node that holds this graph; `null` for the main graph and for functions. */
  readonly parent: { readonly graph: string; readonly node: string; readonly attribute: string } | null;
  /** Inputs first, then nodes in the order of the file, then outputs. */
  readonly items: readonly GraphItem[];
  readonly edges: readonly GraphEdge[];
}

/** All graphs of a model, outer before inner: the main graph, those inside its nodes, and bodies of functions. */
export function inspectGraphs(model: Model): GraphStructure[] {
  const all = weights(model);
  const facts: ModelFacts = {
    precisions: nodePrecisions(model, all),
    constants: constantsByScope(all),
    functions: functionPaths(model),
  };
  return Array.from(scopes(model), (scope) => new GraphInspector(scope, facts).inspect());
}

interface ModelFacts {
  readonly precisions: ReadonlyMap<string, string>;
  /** Names of weights by the path of the scope that defines them. */
  readonly constants: ReadonlyMap<string, ReadonlySet<ValueName>>;
  /** Paths of functions by `domain:name`. */
  readonly functions: ReadonlyMap<string, string>;
}

function constantsByScope(all: readonly Weight[]): Map<string, Set<ValueName>> {
  const names = new Map<string, Set<ValueName>>();
  for (const { scope, name } of all) names.set(scope.path, (names.get(scope.path) ?? new Set()).add(name));
  return names;
}

function functionPaths(model: Model): Map<string, string> {
  const paths = new Map<string, string>();
  for (const scope of scopes(model)) {
    const body = scope.parent ? undefined : scope.function;
    const key = body && `${body.domain ?? ''}:${body.name ?? ''}`;
    if (key !== undefined && !paths.has(key)) paths.set(key, scope.path);
  }
  return paths;
}

class GraphInspector {
  readonly #scope: Scope;
  readonly #facts: ModelFacts;
  readonly #items: GraphItem[] = [];
  readonly #producers = new Map<ValueName, number>();
  readonly #edges = new Map<string, { from: number; to: number; values: ValueName[] }>();

  constructor(scope: Scope, facts: ModelFacts) {
    this.#scope = scope;
    this.#facts = facts;
  }

  inspect(): GraphStructure {
    const { graph, function: body, parent, path } = this.#scope;
    const visits = [...nodesOf(this.#scope)].filter(({ node }) => !isConstant(node));
    const inputs = body && !parent ? body.inputs : (graph?.inputs ?? []).map(({ name }) => name ?? '');
    const outer = this.#outerNames(inputs, visits);
    for (const name of inputs) if (!this.#isConstant(name)) this.#addValue('input', name);
    for (const name of outer) this.#addValue('outer', name);
    for (const visit of visits) this.#addNode(visit);
    const outputs = body && !parent ? body.outputs : (graph?.outputs ?? []).map(({ name }) => name ?? '');
    for (const name of outputs) this.#addOutput(name);
    return {
      path,
      parent: parent ? { graph: parent.scope.path, node: parent.nodePath, attribute: parent.attribute } : null,
      items: this.#items,
      edges: [...this.#edges.values()],
    };
  }

  /** Finds the names that nodes read and that are neither defined here nor constant anywhere. */
  #outerNames(inputs: readonly ValueName[], visits: readonly NodeVisit[]): Set<ValueName> {
    const defined = new Set<ValueName>(inputs);
    for (const { node } of visits) for (const output of node.outputs) defined.add(output);
    const outer = new Set<ValueName>();
    for (const { node } of visits) {
      for (const name of namesReadBy(node)) if (!defined.has(name) && !this.#isConstant(name)) outer.add(name);
    }
    return outer;
  }

  #isConstant(name: ValueName): boolean {
    for (let at: Scope | undefined = this.#scope; at; at = at.parent?.scope) {
      if (this.#facts.constants.get(at.path)?.has(name)) return true;
    }
    return false;
  }

  #addValue(kind: 'input' | 'outer', name: ValueName): void {
    this.#producers.set(name, this.#push(kind, name));
  }

  #push(kind: 'input' | 'output' | 'outer', name: ValueName): number {
    const path = `${this.#scope.path}:${kind}:${name}`;
    return this.#items.push({ kind, path, title: name, precision: null, constants: [], graphs: [] }) - 1;
  }

  #addNode(visit: NodeVisit): void {
    const { node, path } = visit;
    const called = this.#facts.functions.get(`${node.domain ?? ''}:${node.opType ?? ''}`);
    const inner = childScopes(visit).map((scope) => scope.path);
    const read = namesReadBy(node);
    const precision = this.#facts.precisions.get(path) ?? null;
    const item: GraphItem = {
      kind: 'node',
      path,
      title: node.opType ?? '',
      precision,
      constants: read.filter((name) => !this.#producers.has(name) && this.#isConstant(name)),
      graphs: called === undefined ? inner : [...inner, called],
      ...(this.#restoresWeight(node, read, precision !== null) && { restoresWeight: true }),
    };
    const position = this.#items.push(item) - 1;
    for (const name of read) this.#connect(name, position);
    for (const name of node.outputs) if (name !== '') this.#producers.set(name, position);
  }

  #restoresWeight(node: NodeVisit['node'], read: readonly ValueName[], hasWeight: boolean): boolean {
    if (!isDefaultDomain(node.domain) || !restoringOperators.has(node.opType ?? '')) return false;
    const restored = read.map((name) => {
      const producer = this.#producers.get(name);
      return producer === undefined
        ? this.#isConstant(name) && hasWeight
        : this.#items[producer]!.restoresWeight === true;
    });
    return !restored.includes(false);
  }

  #addOutput(name: ValueName): void {
    const position = this.#push('output', name);
    this.#connect(name, position);
  }

  #connect(name: ValueName, to: number): void {
    const from = this.#producers.get(name);
    // A file out of order does not pass the checks of opening; an edge upwards could not be laid out.
    if (from === undefined || from >= to) return;
    const key = `${from}>${to}`;
    const edge = this.#edges.get(key);
    if (edge === undefined) this.#edges.set(key, { from, to, values: [name] });
    else if (!edge.values.includes(name)) edge.values.push(name);
  }
}

function isConstant(node: NodeVisit['node']): boolean {
  return node.opType === 'Constant' && isDefaultDomain(node.domain);
}
