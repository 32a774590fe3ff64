/** One view over all weights of a model, wherever the file stores them. */
import { constantTensor } from './constant-node';
import type { Model, Node, SparseTensor, Tensor, ValueName } from './graph';
import { isDefaultDomain, nodesOf, scopes, type NodeVisit, type Scope } from './traverse';

/** A place where a weight is read. */
export interface WeightConsumer extends NodeVisit {
  /** The position of the input of the node. */
  readonly input: number;
}

export interface Weight {
  /** `graph/conv1.weight` for an initializer, the node's path for a Constant. */
  readonly path: string;
  /** The name by which nodes read it. */
  readonly name: ValueName;
  /** Its data. A sparse weight has only the values that are not zero. */
  readonly tensor: Tensor;
  readonly owner: 'initializer' | 'sparseInitializer' | 'constant';
  readonly scope: Scope;
  /** The Constant node that holds it, and which attribute does (`value`, `value_floats` …). */
  readonly constant?: { readonly node: Node; readonly nodeIndex: number; readonly attribute: string };
  readonly sparse?: SparseTensor;
  /** Every node input that reads it, in its scope and in subgraphs below. */
  readonly consumers: readonly WeightConsumer[];
  /** True when a graph lists it among its outputs. */
  readonly isGraphOutput: boolean;
}

type WeightInProgress = Omit<Weight, 'consumers' | 'isGraphOutput'> & {
  consumers: WeightConsumer[];
  isGraphOutput: boolean;
};

/**
 * All weights: initializers (dense and sparse) and the tensors of Constant nodes, in the main graph, in subgraphs and
 * in function bodies, in file order. String tensors are included; `tensor.dataType` tells. Reads no data.
 */
export function weights(model: Model): Weight[] {
  const found: WeightInProgress[] = [];
  const visible = new Map<Scope, Map<ValueName, WeightInProgress | undefined>>();
  for (const scope of scopes(model)) {
    const names = declaredNames(scope);
    for (const weight of weightsOf(scope)) {
      found.push(weight);
      if (weight.name) names.set(weight.name, weight);
    }
    visible.set(scope, names);
  }
  for (const scope of visible.keys()) recordConsumers(scope, visible);
  return found;
}

/** Names that the scope defines; the ones that are no weights hide a weight of the same name outside. */
function declaredNames(scope: Scope): Map<ValueName, WeightInProgress | undefined> {
  const names = new Map<ValueName, WeightInProgress | undefined>();
  for (const input of scope.function?.inputs ?? []) names.set(input, undefined);
  for (const input of scope.graph?.inputs ?? []) if (input.name) names.set(input.name, undefined);
  for (const node of scope.nodes) for (const output of node.outputs) names.set(output, undefined);
  return names;
}

function* weightsOf(scope: Scope): Generator<WeightInProgress> {
  const base = { scope, isGraphOutput: false };
  for (const tensor of scope.graph?.initializers ?? []) {
    const name = tensor.name ?? '';
    yield { ...base, path: `${scope.path}/${name}`, name, tensor, owner: 'initializer', consumers: [] };
  }
  for (const sparse of scope.graph?.sparseInitializers ?? []) {
    if (!sparse.values) continue;
    const name = sparse.values.name ?? '';
    const path = `${scope.path}/${name}`;
    yield { ...base, path, name, tensor: sparse.values, sparse, owner: 'sparseInitializer', consumers: [] };
  }
  for (const { node, path, index } of nodesOf(scope)) {
    if (node.opType !== 'Constant' || !isDefaultDomain(node.domain)) continue;
    for (const attribute of node.attributes) {
      const tensor = constantTensor(attribute);
      if (!tensor) continue;
      const constant = { node, nodeIndex: index, attribute: attribute.name ?? '' };
      const sparse = attribute.sparseTensor;
      yield { ...base, path, name: node.outputs[0] ?? '', tensor, sparse, owner: 'constant', constant, consumers: [] };
    }
  }
}

function recordConsumers(
  scope: Scope,
  visible: ReadonlyMap<Scope, ReadonlyMap<ValueName, WeightInProgress | undefined>>,
): void {
  const lookUp = (name: ValueName): WeightInProgress | undefined => {
    for (let at: Scope | undefined = scope; at; at = at.parent?.scope) {
      const names = visible.get(at);
      if (names?.has(name)) return names.get(name);
    }
    return undefined;
  };
  for (const visit of nodesOf(scope)) {
    visit.node.inputs.forEach((name, input) => {
      if (name) lookUp(name)?.consumers.push({ ...visit, input });
    });
  }
  const outputs = scope.graph?.outputs.map((output) => output.name ?? '') ?? scope.function?.outputs ?? [];
  for (const name of outputs) {
    const weight = name ? lookUp(name) : undefined;
    if (weight) weight.isGraphOutput = true;
  }
}
