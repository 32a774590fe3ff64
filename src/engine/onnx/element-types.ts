/** The element type of every tensor of a model, as far as the file and the operators' specifications tell. */
import type { DataTypeCode } from './data-type';
import type { Graph, Model, Node, ValueInfo, ValueName } from './graph';
import { NodeFacts } from './ops/operator';
import { operatorRecord } from './ops/registry';
import { subgraphsOf } from './subgraphs';
import { canonicalDomain, opsetsByDomain } from './traverse';

/** Looks a value up by the graph that reads or defines it: names of outer graphs are visible inside. */
export interface ElementTypes {
  get(graph: Graph, name: ValueName): DataTypeCode | undefined;
}

type TypesByName = Map<ValueName, DataTypeCode>;

interface Run {
  readonly graphs: Map<Graph, TypedGraph>;
  readonly opsets: ReadonlyMap<string, number>;
}

interface TypedGraph {
  readonly types: TypesByName;
  readonly outer: TypedGraph | undefined;
}

/**
 * Element types of the main graph and of every graph inside it. Reads no tensor data. Values of operators that nobody
 * describes (custom domains) are unknown unless the file states their type.
 */
export function inferElementTypes(model: Model): ElementTypes {
  const graphs = new Map<Graph, TypedGraph>();
  if (model.graph) inferGraph(model.graph, undefined, [], { graphs, opsets: opsetsByDomain(model.opsetImports) });
  return {
    get(graph, name) {
      return lookUp(graphs.get(graph), name);
    },
  };
}

function lookUp(graph: TypedGraph | undefined, name: ValueName): DataTypeCode | undefined {
  for (let scope = graph; scope; scope = scope.outer) {
    const type = scope.types.get(name);
    if (type !== undefined) return type;
  }
  return undefined;
}

/**
 * `formalTypes`: the types that the node around the graph passes to its inputs, where known. Returns the types of its
 * outputs.
 */
function inferGraph(
  graph: Graph,
  outer: TypedGraph | undefined,
  formalTypes: readonly (DataTypeCode | undefined)[],
  run: Run,
): (DataTypeCode | undefined)[] {
  const scope: TypedGraph = { types: new Map(), outer };
  run.graphs.set(graph, scope);
  const { types } = scope;
  graph.inputs.forEach((input, index) => record(types, input.name, statedType(input) ?? formalTypes[index]));
  for (const info of [...graph.valueInfos, ...graph.outputs]) record(types, info.name, statedType(info));
  for (const tensor of graph.initializers) record(types, tensor.name, tensor.dataType);
  for (const sparse of graph.sparseInitializers) record(types, sparse.values?.name, sparse.values?.dataType);
  for (const node of graph.nodes) {
    const outputTypes = inferNode(node, scope, run);
    node.outputs.forEach((output, index) => {
      // The type that the file states wins, because it may be the only one.
      if (!types.has(output)) record(types, output, outputTypes[index]);
    });
  }
  return graph.outputs.map((output) => (output.name ? lookUp(scope, output.name) : undefined));
}

function inferNode(node: Node, scope: TypedGraph, run: Run): readonly (DataTypeCode | undefined)[] {
  const inputTypes = node.inputs.map((input) => lookUp(scope, input));
  const bodies = subgraphsOf(node);
  if (bodies.length === 0) {
    const opset = run.opsets.get(canonicalDomain(node.domain)) ?? 1;
    const inputs = inputTypes.map((elementType) => ({ elementType }));
    return operatorRecord(node)?.elementTypes(new NodeFacts(node, opset, inputs)) ?? [];
  }
  // Loop passes trip count, condition and carried values. Scan passes its inputs, and If passes nothing.
  const outputs = bodies.map((body) => inferGraph(body, scope, inputTypes, run));
  // The results of its body for each element form a sequence, which is no tensor.
  if (node.opType === 'SequenceMap') return [];
  // A Loop's body also returns the condition, which the node does not.
  return node.opType === 'Loop' ? outputs[0]!.slice(1) : outputs[0]!;
}

function record(types: TypesByName, name: ValueName | undefined, type: DataTypeCode | undefined): void {
  if (name && type) types.set(name, type);
}

/** Type 0 is "undefined" in the file: as good as absent. */
function statedType(info: ValueInfo): DataTypeCode | undefined {
  const type = info.type?.kind === 'tensor' ? info.type.elementType : undefined;
  return type === 0 ? undefined : type;
}
