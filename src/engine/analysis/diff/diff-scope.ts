/** The graphs of one model as the comparison sees them: where each value that a node reads comes from, and who reads it. */
import type { Graph, Model, SparseTensor, Tensor, ValueName } from '../../onnx/graph';
import { childScopes, isDefaultDomain, nodesOf, scopes, type NodeVisit, type Scope } from '../../onnx/traverse';
import { constantTensor } from '../../onnx/constant-node';

/** The source of a value. */
export type Origin =
  | { readonly kind: 'node'; readonly from: DiffNode; readonly output: number }
  | {
      readonly kind: 'constant';
      readonly tensor: Tensor;
      readonly sparse?: SparseTensor;
      /** The Constant node, where it is one. */
      readonly holder?: DiffNode;
    }
  | { readonly kind: 'input'; readonly scope: DiffScope; readonly position: number }
  | { readonly kind: 'missing' };

export interface DiffNode extends Pick<NodeVisit, 'path' | 'node'> {
  readonly scope: DiffScope;
  /** The graphs inside the node, by attribute: `then_branch`. */
  readonly inside: ReadonlyMap<string, DiffScope>;
}

const missing: Origin = { kind: 'missing' };

export class DiffScope {
  readonly path: string;
  readonly graph: Graph | undefined;
  readonly inputs: readonly ValueName[];
  readonly outputs: readonly ValueName[];
  readonly nodes: readonly DiffNode[];
  readonly #parent: DiffScope | undefined;
  readonly #origins = new Map<ValueName, Origin>();
  readonly #readers = new Map<ValueName, DiffNode[]>();

  constructor(scope: Scope, parent: DiffScope | undefined) {
    this.path = scope.path;
    this.graph = scope.graph;
    this.#parent = parent;
    this.inputs = scope.graph?.inputs.map(({ name }) => name ?? '') ?? scope.function?.inputs ?? [];
    this.outputs = scope.graph?.outputs.map(({ name }) => name ?? '') ?? scope.function?.outputs ?? [];
    this.inputs.forEach((name, position) => this.#origins.set(name, { kind: 'input', scope: this, position }));
    for (const tensor of scope.graph?.initializers ?? []) {
      this.#origins.set(tensor.name ?? '', { kind: 'constant', tensor });
    }
    for (const sparse of scope.graph?.sparseInitializers ?? []) {
      if (sparse.values) {
        this.#origins.set(sparse.values.name ?? '', { kind: 'constant', tensor: sparse.values, sparse });
      }
    }
    this.nodes = Array.from(nodesOf(scope), (visit) => this.#add(visit));
  }

  /** Names of graphs around are visible inside. */
  origin(name: ValueName): Origin {
    if (name === '') return missing;
    return this.#origins.get(name) ?? this.#parent?.origin(name) ?? missing;
  }

  /** The nodes of this graph that read the value, in order. The caller may take entries out. */
  readers(name: ValueName): DiffNode[] {
    return this.#readers.get(name) ?? [];
  }

  /** Every node of this graph and of those inside its nodes. */
  *allNodes(): Generator<DiffNode> {
    for (const entry of this.nodes) {
      yield entry;
      for (const scope of entry.inside.values()) yield* scope.allNodes();
    }
  }

  #add(visit: NodeVisit): DiffNode {
    const { path, node } = visit;
    const inside = new Map<string, DiffScope>();
    const entry: DiffNode = { path, node, scope: this, inside };
    const isConstant = node.opType === 'Constant' && isDefaultDomain(node.domain);
    node.outputs.forEach((name, output) => {
      const attribute = isConstant ? node.attributes.find(constantTensor) : undefined;
      const origin: Origin = attribute
        ? { kind: 'constant', tensor: constantTensor(attribute)!, sparse: attribute.sparseTensor, holder: entry }
        : { kind: 'node', from: entry, output };
      if (name !== '') this.#origins.set(name, origin);
    });
    for (const name of new Set(node.inputs)) {
      const readers = this.#readers.get(name);
      if (readers) readers.push(entry);
      else this.#readers.set(name, [entry]);
    }
    for (const child of childScopes(visit)) inside.set(child.parent?.attribute ?? '', new DiffScope(child, this));
    return entry;
  }
}

/** The main graph and the bodies of functions, by path; graphs inside nodes hang on these. */
export function diffScopes(model: Model): ReadonlyMap<string, DiffScope> {
  const found = new Map<string, DiffScope>();
  for (const scope of scopes(model)) {
    if (scope.parent === undefined) found.set(scope.path, new DiffScope(scope, undefined));
  }
  return found;
}
