/** Walking a model: every graph, subgraph and function body, with the paths that people see. */
import type { Attribute, Graph, Model, ModelFunction, Node, OpsetImport, ValueName } from './graph';
import { namesReadBy, subgraphsOf } from './subgraphs';

/** The place of problems that belong to no single node: the path of the main graph, and no operator. */
export const wholeModel = { path: 'graph', op: 'Model' } as const;

/** A list of nodes that share names: the main graph, a subgraph, or a function's body. */
export interface Scope {
  /** `graph`, `graph/If_0.then_branch`, `function:com.example:Gelu`. */
  readonly path: string;
  readonly nodes: readonly Node[];
  /** Absent for a function's body. */
  readonly graph?: Graph;
  /** The function whose body this is (not set for subgraphs inside it). */
  readonly function?: ModelFunction;
  /** The node and attribute that hold a subgraph. Names of the parent are visible inside. */
  readonly parent?: {
    readonly scope: Scope;
    readonly node: Node;
    readonly nodePath: string;
    readonly attribute: string;
  };
}

/** A node with its place. */
export interface NodeVisit {
  /** `graph/If_0.then_branch/Conv_3`; two nodes of one scope never share a path. */
  readonly path: string;
  readonly node: Node;
  /** Position in `scope.nodes`. */
  readonly index: number;
  readonly scope: Scope;
}

/** The scopes of the main graph and of every function, outer before inner. Training graphs are left out. */
export function* scopes(model: Model): Generator<Scope> {
  if (model.graph) yield* scopesWithin({ path: wholeModel.path, nodes: model.graph.nodes, graph: model.graph });
  const taken = new Set<string>();
  for (const [index, entry] of model.functions.entries()) {
    let path = `function:${entry.domain ?? ''}:${entry.name ?? ''}`;
    // Overloads of a function share its name.
    while (taken.has(path)) path = `${path}#${index}`;
    taken.add(path);
    yield* scopesWithin({ path, nodes: entry.nodes, function: entry });
  }
}

/** The scope itself, then every subgraph below it. */
export function* scopesWithin(scope: Scope): Generator<Scope> {
  yield scope;
  if (!scope.nodes.some((node) => subgraphsOf(node).length > 0)) return;
  for (const visit of nodesOf(scope)) {
    for (const child of childScopes(visit)) yield* scopesWithin(child);
  }
}

/** True if `scope` is `outer` or lies below it. Paths are compared, because walks of the same model create different objects. */
export function isWithin(scope: Scope, outer: Scope): boolean {
  for (let at: Scope | undefined = scope; at; at = at.parent?.scope) if (at.path === outer.path) return true;
  return false;
}

/** True for the body of a function and for the subgraphs in it. */
export function isInsideFunction(scope: Scope): boolean {
  for (let at: Scope | undefined = scope; at; at = at.parent?.scope) if (at.function) return true;
  return false;
}

/** The nodes of one scope, without those of its subgraphs. */
export function* nodesOf(scope: Scope): Generator<NodeVisit> {
  const taken = new Set<string>();
  for (const [index, node] of scope.nodes.entries()) {
    let part = nodePathPart(node, index);
    // Names should be unique, but some files repeat them.
    while (taken.has(part)) part = `${part}#${index}`;
    taken.add(part);
    yield { path: `${scope.path}/${part}`, node, index, scope };
  }
}

/** Every node of the model, in file order, subgraphs after the nodes of the scope that holds them. */
export function* nodes(model: Model): Generator<NodeVisit> {
  for (const scope of scopes(model)) yield* nodesOf(scope);
}

/** Maps each value to the node that computes it, among nodes of one scope. */
export function producersIn(all: readonly Node[]): ReadonlyMap<ValueName, Node> {
  return new Map(all.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
}

export type Readers = ReadonlyMap<ValueName, readonly (Node | undefined)[]>;

/** Every reading of a name by nodes of a graph or in graphs inside them; that by an output of the graph as `undefined`. */
export function readersIn({ nodes: all, outputs }: Pick<Graph, 'nodes' | 'outputs'>): Readers {
  const readers = new Map<ValueName, (Node | undefined)[]>();
  const add = (name: ValueName, node: Node | undefined): void => {
    const known = readers.get(name);
    if (known) known.push(node);
    else readers.set(name, [node]);
  };
  for (const node of all) {
    const inner = namesReadBy(node).filter((name) => !node.inputs.includes(name));
    for (const name of [...node.inputs, ...inner]) if (name) add(name, node);
  }
  for (const { name } of outputs) if (name) add(name, undefined);
  return readers;
}

/** The subgraphs that a node carries in its attributes. */
export function childScopes(visit: NodeVisit): Scope[] {
  const children: Scope[] = [];
  const add = (graph: Graph, attribute: string): void => {
    children.push({
      path: `${visit.path}.${attribute}`,
      nodes: graph.nodes,
      graph,
      parent: { scope: visit.scope, node: visit.node, nodePath: visit.path, attribute },
    });
  };
  for (const attribute of visit.node.attributes) {
    if (attribute.g) add(attribute.g, attribute.name ?? '');
    attribute.graphs?.forEach((graph, index) => add(graph, `${attribute.name ?? ''}[${index}]`));
  }
  return children;
}

/** Returns the part of a path for a node: its name, or `<OpType>_<index>` if it has none. */
export function nodePathPart(node: Node, index: number): string {
  return node.name ? node.name : `${node.opType ?? ''}_${index}`;
}

/** True for operators of ONNX itself (domain absent, empty or `ai.onnx`). */
export function isDefaultDomain(domain: string | undefined): boolean {
  return domain === undefined || domain === '' || domain === 'ai.onnx';
}

/** The version of the default domain that the model declares. */
export function defaultOpsetVersion(model: Model): bigint {
  return model.opsetImports.find((entry) => isDefaultDomain(entry.domain))?.version ?? 1n;
}

/** The domain of ONNX Runtime's own operators. */
export const MICROSOFT_DOMAIN = 'com.microsoft';

/** The domain of classical models: scalers, linear models, trees, support vectors. */
export const CLASSICAL_LEARNING_DOMAIN = 'ai.onnx.ml';

/** A domain by one name: `''` for that of ONNX itself, however the file writes it. */
export function canonicalDomain(domain: string | undefined): string {
  return isDefaultDomain(domain) ? '' : domain!;
}

/** The version of each operator set that is imported, by its one name. */
export function opsetsByDomain(imports: readonly OpsetImport[]): ReadonlyMap<string, number> {
  return new Map(imports.map(({ domain, version }) => [canonicalDomain(domain), Number(version ?? 1n)]));
}

/** The attribute of that name, or `undefined`. */
export function getAttribute(node: Node, name: string): Attribute | undefined {
  return node.attributes.find((attribute) => attribute.name === name);
}

/** An integer attribute as a number (exact up to 2⁵³), or `undefined`. */
export function getAttributeInt(node: Node, name: string): number | undefined {
  const value = getAttribute(node, name)?.i;
  return value === undefined ? undefined : Number(value);
}

/** A list of integers as numbers (exact up to 2⁵³), or `undefined`. */
export function getAttributeInts(node: Node, name: string): number[] | undefined {
  return getAttribute(node, name)?.ints?.map(Number);
}

/** A float attribute, or `undefined`. */
export function getAttributeFloat(node: Node, name: string): number | undefined {
  return getAttribute(node, name)?.f;
}

/** A text attribute, or `undefined`. */
export function getAttributeText(node: Node, name: string): string | undefined {
  const bytes = getAttribute(node, name)?.s;
  return bytes && new TextDecoder().decode(bytes);
}

/** A list of floats, or `undefined`. */
export function getAttributeFloats(node: Node, name: string): readonly number[] | undefined {
  return getAttribute(node, name)?.floats;
}
