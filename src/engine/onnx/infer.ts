/** Types and shapes of every value of a model, with symbols for open sizes, and the work of every node. */
import type { DataTypeCode } from './data-type';
import { statedSize } from './declared-shape';
import { bodyOfCall, functionLookup, type FunctionLookup } from './functions/function-calls';
import { FunctionSizes, mostNodesOfCalls, nodesGiven } from './functions/function-sizes';
import type { Dimension, Graph, Model, ModelFunction, Node, Tensor, ValueInfo, ValueName, ValueType } from './graph';
import { inferBodies } from './infer-bodies';
import { commonWork, sumOfWork, unknownWork, workOfOperator, type NodeWork } from './node-work';
import { boundedShape, mostContent, NodeFacts, type InferredValue } from './ops/operator';
import { mergeValues } from './ops/inferred-values';
import { operatorRecord } from './ops/registry';
import { tensorContent } from './ops/tensor-content';
import { overridableInitializers } from './overridable-initializers';
import { subgraphsOf } from './subgraphs';
import { symbolicSize, type Size } from './size';
import { canonicalDomain, opsetsByDomain } from './traverse';
import { ownValue } from '../own-value';

export interface InferenceOptions {
  /** Sizes for symbols of the inputs, and for unnamed dimensions by `<input>.<axis>`. */
  readonly dimensions?: Readonly<Record<string, number>>;
  /**
   * Infers shapes from the model's inputs by operator rules alone, for rewrites that must hold whatever a file
   * declares. Runtimes do not enforce declared shapes of outputs and inner values. Declared shapes of operators without
   * rules still count.
   */
  readonly byRulesOnly?: boolean;
}

export interface InferredModel {
  /** The value of that name as the graph sees it: names of outer graphs are visible inside. */
  value(graph: Graph, name: ValueName): InferredValue | undefined;
  /**
   * Multiply-accumulate operations of one run of the node: `null` if a size is missing, 0 for most operators. A node
   * with graphs counts theirs (the larger branch of an If, all iterations of a loop), and a call counts its function.
   * For a node in the body of a function, the number is that of one call. It is `null` if calls differ or there is
   * none.
   */
  macs(node: Node): number | null;
  /** Elementwise operations of one run of the node, counted as `ops/work-rules.ts` says; graphs inside as for `macs`. */
  elementwise(node: Node): number | null;
  /** Bytes that one run of the node moves, counted as `ops/bytes-moved.ts` says; graphs inside as for `macs`. */
  bytes(node: Node): number | null;
  /** True if the work of the node is that of others: of its graphs, or of the function that it calls. */
  hasBody(node: Node): boolean;
}

interface InferredScope {
  readonly values: Map<ValueName, InferredValue>;
  readonly outer: InferredScope | undefined;
}

/** Bodies of loops are followed several times, so loops in loops add up. Beyond this nothing more is inferred. */
const mostVisits = 2_000_000;
const visitsAlwaysAllowed = 200_000;
const mostVisitsOfNode = 50;

/**
 * Infers as much as it can and leaves the rest unknown. It never throws for a valid model. Declarations in the file
 * fill the gaps of the operator rules. It reads no weights, only tensors of at most 1,024 numbers. Bodies of functions
 * are followed at each call.
 */
export function inferModel(model: Model, options: InferenceOptions = {}): InferredModel {
  const inference = new Inference(model, options);
  if (model.graph) inference.inferGraph(model.graph, undefined, []);
  return inference;
}

class Inference implements InferredModel {
  readonly #dimensions: Readonly<Record<string, number>>;
  readonly #byRulesOnly: boolean;
  #opsets: ReadonlyMap<string, number>;
  readonly #calledBy: FunctionLookup;
  readonly #sizes: FunctionSizes;
  readonly #mostNodesOfCalls: number;
  readonly #mostVisits: number;
  readonly #overridable: ReadonlySet<ValueName>;
  readonly #scopes = new Map<Graph, InferredScope>();
  /** Work is computed on demand, because passes infer again and again and want shapes only. */
  readonly #work = new Map<Node, NodeWork | (() => NodeWork)>();
  /** Work of nodes in bodies of functions, which are inferred anew for each call. */
  readonly #workInCalls = new Map<Node, NodeWork>();
  #visits = 0;

  constructor(model: Model, { dimensions = {}, byRulesOnly = false }: InferenceOptions) {
    this.#dimensions = dimensions;
    this.#byRulesOnly = byRulesOnly;
    this.#opsets = opsetsByDomain(model.opsetImports);
    this.#overridable = overridableInitializers(model);
    this.#calledBy = functionLookup(model);
    this.#sizes = new FunctionSizes(this.#calledBy);
    this.#mostNodesOfCalls = mostNodesOfCalls(model);
    this.#mostVisits = Math.min(mostVisits, visitsAlwaysAllowed + mostVisitsOfNode * nodesGiven(model));
  }

  value(graph: Graph, name: ValueName): InferredValue | undefined {
    return lookUp(this.#scopes.get(graph), name);
  }

  macs(node: Node): number | null {
    return this.#workOfCalls(node).macs;
  }

  elementwise(node: Node): number | null {
    return this.#workOfCalls(node).elementwise;
  }

  bytes(node: Node): number | null {
    return this.#workOfCalls(node).bytes;
  }

  hasBody(node: Node): boolean {
    return subgraphsOf(node).length > 0 || this.#followedBy(node) !== undefined;
  }

  #workOfCalls(node: Node): NodeWork {
    return this.#workInCalls.get(node) ?? this.#workOf(node);
  }

  #workOf(node: Node): NodeWork {
    const known = this.#work.get(node) ?? unknownWork;
    if (typeof known !== 'function') return known;
    const work = known();
    this.#work.set(node, work);
    return work;
  }

  #sumOfWork(nodes: readonly Node[]): NodeWork {
    return sumOfWork(nodes.map((node) => this.#workOf(node)));
  }

  /** `fed`: the values that the node around the graph passes to its inputs, where known. Returns its outputs. */
  inferGraph(
    graph: Graph,
    outer: InferredScope | undefined,
    fed: readonly (InferredValue | undefined)[],
  ): readonly InferredValue[] {
    const scope: InferredScope = { values: new Map(), outer };
    this.#scopes.set(graph, scope);
    const declared = new Map([...graph.valueInfos, ...graph.outputs].map((info) => [info.name ?? '', info]));
    graph.inputs.forEach((input, index) => this.#recordInput(scope, input, fed[index]));
    for (const tensor of graph.initializers) {
      // A caller may replace this initializer, so only the declaration of its input holds for every run.
      const isFixed = outer !== undefined || !this.#overridable.has(tensor.name ?? '');
      if (tensor.name && isFixed) scope.values.set(tensor.name, valueOfTensor(tensor));
    }
    for (const { values, dims } of graph.sparseInitializers) {
      if (values?.name)
        scope.values.set(values.name, { elementType: values.dataType, shape: boundedShape(dims.map(Number)) });
    }
    for (const node of graph.nodes) this.#inferNode(node, scope, declared);
    return graph.outputs.map(({ name, type }) => lookUp(scope, name ?? '') ?? this.#declaredValue(type) ?? {});
  }

  #recordInput(scope: InferredScope, input: ValueInfo, fed: InferredValue | undefined): void {
    if (!input.name) return;
    const isTop = scope.outer === undefined;
    const declared = this.#declaredValue(input.type, isTop ? input.name : undefined);
    const trusted = isTop || !this.#byRulesOnly ? declared : withoutShape(declared);
    scope.values.set(input.name, fed === undefined ? (trusted ?? {}) : mergeValues(fed, trusted));
  }

  /** `named`: unnamed dimensions of this input become symbols `<input>.<axis>`. */
  #declaredValue(type: ValueType | undefined, named?: string): InferredValue | undefined {
    if (type?.kind === 'optional') return this.#declaredValue(type.element, named);
    if (type?.kind === 'sequence') return elementAsDeclared(type.element);
    if (type === undefined || (type.kind !== 'tensor' && type.kind !== 'sparseTensor')) return undefined;
    const shape = type.shape?.dimensions.map((dimension, axis) => this.#sizeOf(dimension, named && `${named}.${axis}`));
    return { elementType: type.elementType || undefined, shape: boundedShape(shape) };
  }

  #sizeOf(dimension: Dimension, unnamed: string | undefined): Size {
    const fixed = statedSize(dimension);
    if (fixed !== undefined) return fixed;
    const symbol = ('symbol' in dimension && dimension.symbol) || unnamed;
    if (!symbol) return null;
    return ownValue(this.#dimensions, symbol) ?? symbolicSize(symbol);
  }

  #inferNode(node: Node, scope: InferredScope, declared: ReadonlyMap<ValueName, ValueInfo>): void {
    if (++this.#visits > this.#mostVisits) return;
    const facts = this.#factsOf(node, scope);
    // A node with a body puts the work of that in its place.
    this.#work.set(node, () => workOfOperator(facts, (name) => scope.values.get(name)));
    const outputs = this.#outputsOf(facts, scope);
    const trustsDeclared = !this.#byRulesOnly || !this.#hasRules(node);
    node.outputs.forEach((name, index) => {
      if (name === '') return;
      const stated = this.#declaredValue(declared.get(name)?.type);
      scope.values.set(name, mergeValues(outputs[index] ?? {}, trustsDeclared ? stated : withoutShape(stated)));
    });
  }

  /** True if the node has rules of its own, or a body through which it is inferred. */
  #hasRules(node: Node): boolean {
    return operatorRecord(node) !== undefined || this.hasBody(node);
  }

  /** Returns the function that a node calls. A node with rules of its own needs none. */
  #followedBy(node: Node): ModelFunction | undefined {
    return operatorRecord(node) === undefined ? this.#calledBy(node) : undefined;
  }

  #factsOf(node: Node, scope: InferredScope): NodeFacts {
    const inputs = node.inputs.map((name) => (name === '' ? {} : (lookUp(scope, name) ?? {})));
    return new NodeFacts(node, this.#opsets.get(canonicalDomain(node.domain)) ?? 1, inputs);
  }

  #outputsOf(facts: NodeFacts, scope: InferredScope): readonly InferredValue[] {
    const { node } = facts;
    if (subgraphsOf(node).length > 0) return this.#inferBodies(facts, scope);
    const rules = operatorRecord(node);
    const called = this.#followedBy(node);
    if (called !== undefined) return this.#inferCall(node, called, facts.inputs);
    if (rules?.values !== undefined) return rules.values(facts);
    const types = rules?.elementTypes(facts);
    const shapes = rules?.shapes(facts) ?? [];
    const content = rules?.content?.(facts, shapes[0]);
    return node.outputs.map((_, index) => ({
      elementType: types?.[index],
      shape: boundedShape(shapes[index]),
      ...(index === 0 && content !== undefined && content.length <= mostContent && { content }),
    }));
  }

  #inferBodies(facts: NodeFacts, scope: InferredScope): readonly InferredValue[] {
    const { outputs, work } = inferBodies(facts, {
      follow: (body, fed) => this.inferGraph(body, scope, fed),
      workOf: (body) => this.#sumOfWork(body.nodes),
    });
    this.#work.set(facts.node, work);
    return outputs;
  }

  #inferCall(node: Node, called: ModelFunction, inputs: readonly InferredValue[]): readonly InferredValue[] {
    this.#work.set(node, unknownWork);
    if (this.#sizes.of([node]) > this.#mostNodesOfCalls) return [];
    const opsets = this.#opsets;
    this.#opsets = new Map([...opsets, ...opsetsByDomain(called.opsetImports)]);
    const scope: InferredScope = { values: new Map(), outer: undefined };
    called.inputs.forEach((name, index) => scope.values.set(name, inputs[index] ?? {}));
    const body = bodyOfCall(node, called);
    for (const inner of body) this.#inferNode(inner, scope, new Map());
    // The sum is taken here, because another call of the same function infers its nodes anew.
    this.#work.set(node, this.#sumOfWork(body));
    for (const [index, defined] of called.nodes.entries()) {
      const work = this.#workOf(body[index]!);
      const before = this.#workInCalls.get(defined);
      this.#workInCalls.set(defined, before === undefined ? work : commonWork(before, work));
    }
    this.#opsets = opsets;
    return called.outputs.map((name) => scope.values.get(name) ?? {});
  }
}

function lookUp(scope: InferredScope | undefined, name: ValueName): InferredValue | undefined {
  for (let at = scope; at; at = at.outer) {
    const value = at.values.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function withoutShape(declared: InferredValue | undefined): InferredValue | undefined {
  return declared?.shape === undefined ? declared : { ...declared, shape: undefined };
}

function valueOfTensor(tensor: Tensor): InferredValue {
  const content = tensorContent(tensor);
  const shape = boundedShape(tensor.dims.map(Number));
  return { elementType: tensor.dataType as DataTypeCode, shape, ...(content && { content }) };
}

/** Returns the facts about the tensors of a sequence. A symbol may be another size in each of them. */
function elementAsDeclared(type: ValueType | undefined): InferredValue | undefined {
  if (type?.kind !== 'tensor') return undefined;
  const shape = type.shape?.dimensions.map((dimension) => statedSize(dimension) ?? null);
  return { element: { elementType: type.elementType || undefined, shape: boundedShape(shape) } };
}
