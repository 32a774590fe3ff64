/** Rewrites graphs in float16: types of values, weights, and Casts where float16 and float32 meet. */
import { castNode } from '../../../onnx/create-node';
import { constantTensor } from '../../../onnx/constant-node';
import { DataType } from '../../../onnx/data-type';
import type { ElementTypes } from '../../../onnx/element-types';
import type { Graph, Model, Node, Tensor, ValueInfo, ValueName } from '../../../onnx/graph';
import { NameSet } from '../../../onnx/name-set';
import { namesDefinedBy, subgraphsOf, withSubgraphs } from '../../../onnx/subgraphs';
import { scopes } from '../../../onnx/traverse';
import { attributesAsFloat16, tensorAsFloat16 } from '../float16-values';
import { HalfWeights } from '../half-weights';

type FloatType = 'float16' | 'float32';

/** A constant, with the types in which it is read. */
interface HeldConstant {
  readonly tensor: Tensor;
  readonly wanted: Set<FloatType>;
  /** The name of the float16 value, if float32 keeps the original name. */
  readonly halfName: ValueName;
}

/** One graph while it is rewritten. */
interface GraphScope {
  readonly graph: Graph;
  readonly outer: GraphScope | undefined;
  readonly constants: Map<ValueName, HeldConstant>;
  /** Names and types that float32 values of the old graph have in the new one. */
  readonly values: Map<ValueName, { readonly name: ValueName; readonly type: FloatType }>;
  /** Casts of this graph, by the name of their input. */
  readonly casts: Map<ValueName, ValueName>;
  readonly nodes: Node[];
}

export interface Float16Request {
  readonly model: Model;
  readonly types: ElementTypes;
  readonly kept: ReadonlySet<Node>;
  /** Inputs that are also initializers, which a caller may override. */
  readonly overridable: ReadonlySet<ValueName>;
  readonly keepInputsOutputs: boolean;
  /** Bounds the memory for kept weights; the result is the same. */
  readonly bytesToKeep?: number;
}

export function convertModel(request: Float16Request): Model {
  return { ...request.model, graph: new GraphConverter(request).convert() };
}

class GraphConverter {
  readonly #request: Float16Request;
  readonly #names = new NameSet();
  readonly #nodeNames = new NameSet();
  readonly #weights: HalfWeights;
  readonly #scopes = new Map<Graph, GraphScope>();

  constructor(request: Float16Request) {
    this.#request = request;
    this.#weights = new HalfWeights(request.bytesToKeep);
    for (const { graph, nodes } of scopes(request.model)) {
      if (graph) for (const name of namesDefinedBy(graph)) this.#names.add(name);
      for (const { name } of nodes) if (name) this.#nodeNames.add(name);
    }
  }

  convert(): Graph {
    const main = this.#request.model.graph!;
    const type = this.#request.keepInputsOutputs ? 'float32' : 'float16';
    this.#collect(main, undefined, type, false);
    return this.#graph(main, type, false);
  }

  /** Notes of every constant in which types it will be read, before any of them is written. */
  #collect(graph: Graph, outer: GraphScope | undefined, outputType: FloatType, keepsAll: boolean): void {
    const constants = new Map<ValueName, HeldConstant>();
    const add = (name: ValueName, tensor: Tensor | undefined): void => {
      if (!tensor || tensor.dataType !== DataType.float32 || name === '') return;
      if (outer === undefined && this.#request.overridable.has(name)) return;
      constants.set(name, { tensor, wanted: new Set(), halfName: this.#names.addFree(`${name}_float16`) });
    };
    for (const tensor of graph.initializers) add(tensor.name ?? '', tensor);
    for (const { opType, attributes, outputs } of graph.nodes) {
      if (opType === 'Constant') for (const attribute of attributes) add(outputs[0] ?? '', constantTensor(attribute));
    }
    const scope = { graph, outer, constants, values: new Map(), casts: new Map(), nodes: [] };
    this.#scopes.set(graph, scope);
    for (const node of graph.nodes) {
      const type = this.#typeOf(node, keepsAll);
      node.inputs.forEach((name, index) =>
        findConstant(scope, name)?.wanted.add(takesFloat32(node, index) ? 'float32' : type),
      );
      for (const body of subgraphsOf(node)) this.#collect(body, scope, type, type === 'float32');
    }
    for (const { name } of graph.outputs) findConstant(scope, name ?? '')?.wanted.add(outputType);
  }

  #typeOf(node: Node, keepsAll: boolean): FloatType {
    return keepsAll || this.#request.kept.has(node) ? 'float32' : 'float16';
  }

  /** @param type of inputs and outputs. */
  #graph(graph: Graph, type: FloatType, keepsAll: boolean): Graph {
    const scope = this.#scopes.get(graph)!;
    const isOutput = new Set(graph.outputs.map(({ name }) => name));
    for (const { name = '' } of graph.inputs) {
      if (this.#isFloat(graph, name) && !scope.constants.has(name)) {
        const isGiven = scope.outer === undefined && this.#request.overridable.has(name);
        scope.values.set(name, { name, type: isGiven ? 'float32' : type });
      }
    }
    for (const node of graph.nodes) this.#node(node, scope, { keepsAll, isOutput, outputType: type });
    // Some nodes list one value twice.
    for (const name of isOutput) this.#output(name ?? '', scope, type);
    return {
      ...graph,
      nodes: scope.nodes,
      initializers: graph.initializers
        .flatMap((tensor) => formsOf(scope, tensor, this.#weights))
        .concat(this.#halvesOfNodes(scope)),
      inputs: graph.inputs.map((info) => this.#withType(info, scope)),
      outputs: graph.outputs.map((info) =>
        this.#isFloat(graph, info.name ?? '') ? withElementType(info, type) : info,
      ),
      valueInfos: graph.valueInfos.map((info) => this.#withType(info, scope)),
    };
  }

  #node(
    node: Node,
    scope: GraphScope,
    graph: {
      readonly keepsAll: boolean;
      readonly isOutput: ReadonlySet<string | undefined>;
      readonly outputType: FloatType;
    },
  ): void {
    const type = this.#typeOf(node, graph.keepsAll);
    const constant = node.opType === 'Constant' ? scope.constants.get(node.outputs[0] ?? '') : undefined;
    if (constant) {
      const isHalf = !constant.wanted.has('float32') && constant.wanted.size > 0;
      scope.nodes.push(isHalf ? { ...node, attributes: attributesAsFloat16(node) } : node);
      return;
    }
    const inputs = node.inputs.map((name, index) =>
      this.#read(name, scope, takesFloat32(node, index) ? 'float32' : type),
    );
    const outputs = node.outputs.map((name) => {
      if (!this.#isFloat(scope.graph, name)) return name;
      const isRenamed = graph.isOutput.has(name) && type !== graph.outputType;
      const written = isRenamed ? this.#names.addFree(`${name}_${type}`) : name;
      scope.values.set(name, { name: written, type });
      return written;
    });
    const makesHalf = type === 'float16' && node.outputs.some((name) => this.#isFloat(scope.graph, name));
    const inside = withSubgraphs(node, (body) => this.#graph(body, type, type === 'float32'));
    scope.nodes.push({
      ...inside,
      inputs,
      outputs,
      attributes: makesHalf && inside === node ? attributesAsFloat16(node) : inside.attributes,
    });
  }

  /** The name of a value in this type: the value itself, another form of a constant, or a Cast. */
  #read(name: ValueName, scope: GraphScope, type: FloatType): ValueName {
    const constant = findConstant(scope, name);
    if (constant) {
      const hasBoth = constant.wanted.has('float32') && constant.wanted.has('float16');
      return hasBoth && type === 'float16' ? constant.halfName : name;
    }
    const value = findValue(scope, name);
    if (!value || value.type === type) return value?.name ?? name;
    const key = `${value.name} ${type}`;
    const known = scope.casts.get(key);
    if (known !== undefined) return known;
    const cast = this.#names.addFree(`${value.name}_${type}`);
    scope.casts.set(key, cast);
    scope.nodes.push(this.#cast(value.name, cast, type));
    return cast;
  }

  /** Outputs keep their names, whatever type is computed. */
  #output(name: ValueName, scope: GraphScope, type: FloatType): void {
    const value = scope.values.get(name);
    if (value && value.name !== name) scope.nodes.push(this.#cast(value.name, name, type));
  }

  #cast(from: ValueName, to: ValueName, type: FloatType): Node {
    return castNode(this.#nodeNames.addFree(`${to}_cast`), from, to, DataType[type]);
  }

  #isFloat(graph: Graph, name: ValueName): boolean {
    return name !== '' && this.#request.types.get(graph, name) === DataType.float32;
  }

  #withType(info: ValueInfo, scope: GraphScope): ValueInfo {
    const name = info.name ?? '';
    const constant = scope.constants.get(name);
    if (constant)
      return constant.wanted.has('float32') || constant.wanted.size === 0 ? info : withElementType(info, 'float16');
    const value = scope.values.get(name);
    return value && value.name === name ? withElementType(info, value.type) : info;
  }

  /** Constant nodes that are read in both types: the second form is an initializer. */
  #halvesOfNodes(scope: GraphScope): readonly Tensor[] {
    const names = new Set(scope.graph.initializers.map(({ name }) => name));
    return [...scope.constants].flatMap(([name, { tensor, wanted, halfName }]) =>
      !names.has(name) && wanted.size === 2 ? [tensorAsFloat16(tensor, halfName)] : [],
    );
  }
}

/** The scales of a Resize are float32 in every form of it. */
function takesFloat32({ opType, inputs }: Node, index: number): boolean {
  return opType === 'Resize' && index === (inputs.length === 2 ? 1 : 2);
}

function formsOf(scope: GraphScope, tensor: Tensor, weights: HalfWeights): readonly Tensor[] {
  const held = scope.constants.get(tensor.name ?? '');
  if (!held || held.tensor !== tensor || !held.wanted.has('float16')) return [tensor];
  const half = weights.convert(tensor, held.wanted.has('float32') ? held.halfName : tensor.name);
  return held.wanted.has('float32') ? [tensor, half] : [half];
}

function findConstant(scope: GraphScope, name: ValueName): HeldConstant | undefined {
  for (let at: GraphScope | undefined = scope; at; at = at.outer) {
    const found = at.constants.get(name);
    if (found) return found;
  }
  return undefined;
}

function findValue(
  scope: GraphScope,
  name: ValueName,
): { readonly name: ValueName; readonly type: FloatType } | undefined {
  for (let at: GraphScope | undefined = scope; at; at = at.outer) {
    const found = at.values.get(name);
    if (found) return found;
  }
  return undefined;
}

function withElementType(info: ValueInfo, type: FloatType): ValueInfo {
  if (info.type?.kind !== 'tensor' || info.type.elementType !== DataType.float32) return info;
  return { ...info, type: { ...info.type, elementType: DataType[type] } };
}
