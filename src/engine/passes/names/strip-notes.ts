/** Removes notes of a file that no runtime needs. */
import { withoutUnknown } from '../../onnx/codec/unknown-fields';
import type {
  Attribute,
  Graph,
  Model,
  ModelFunction,
  Node,
  OpsetImport,
  SparseTensor,
  Tensor,
  UnknownFields,
  ValueInfo,
} from '../../onnx/graph';
import { mapShared } from '../../onnx/map-shared';
import { isAtDefault } from '../../onnx/ops/attribute-defaults';
import { opsetsByDomain } from '../../onnx/traverse';

const defaultVersion = (imports: readonly OpsetImport[]): number => opsetsByDomain(imports).get('') ?? 1;

/** Numbers of `metadata_props` in onnx.proto (IR version 10). */
const metadataFields = { node: 9, valueInfo: 4, tensor: 16, graph: 16, function: 14 } as const;

export interface StripOptions {
  readonly notes?: boolean;
  readonly nodeNames?: boolean;
  /** Attributes that equal their default. */
  readonly atDefault?: boolean;
  /** True if the description of a value in a graph of the model is to be removed. */
  isKnown?(graph: Graph, info: ValueInfo): boolean;
}

export interface Stripped {
  readonly model: Model;
  /** The number of removed parts. */
  readonly count: number;
}

/**
 * Returns the model without one or several of four parts. Notes are texts and metadata of nodes, weights, values and
 * graphs, and names of tensors in attributes. The others are names of nodes, attributes at their defaults, and
 * descriptions of values. Descriptions of the whole model, its inputs and its outputs stay.
 */
export function strip(model: Model, options: StripOptions): Stripped {
  const stripper = new Stripper(options, model.opsetImports);
  const graph = model.graph && stripper.graph(model.graph, true);
  const functions = mapShared(model.functions, (entry) => stripper.function(entry));
  return { model: stripper.count === 0 ? model : { ...model, graph, functions }, count: stripper.count };
}

interface Noted {
  readonly docString?: string;
  readonly unknownFields?: UnknownFields;
}

class Stripper {
  count = 0;
  readonly #options: StripOptions;
  /** The operator set of the scanned parts. */
  #opset: number;

  constructor(options: StripOptions, opsets: readonly OpsetImport[]) {
    this.#options = options;
    this.#opset = defaultVersion(opsets);
  }

  graph(graph: Graph, isMain: boolean): Graph {
    const { isKnown } = this.#options;
    const bare = this.#withoutNotes(graph, metadataFields.graph);
    const valueInfos = isKnown ? graph.valueInfos.filter((info) => !isKnown(graph, info)) : graph.valueInfos;
    this.count += graph.valueInfos.length - valueInfos.length;
    const inside: Graph = {
      ...bare,
      nodes: mapShared(graph.nodes, (node) => this.#node(node)),
      initializers: mapShared(graph.initializers, (tensor) => this.#withoutNotes(tensor, metadataFields.tensor)),
      sparseInitializers: mapShared(graph.sparseInitializers, (tensor) => this.#sparse(tensor)),
      valueInfos: mapShared(valueInfos, (info) => this.#withoutNotes(info, metadataFields.valueInfo)),
    };
    // A graph must have a name.
    return isMain || !this.#options.nodeNames || (graph.name?.length ?? 0) <= 1 ? inside : { ...inside, name: '_' };
  }

  function(entry: ModelFunction): ModelFunction {
    const bare = this.#withoutNotes(entry, metadataFields.function);
    const around = this.#opset;
    this.#opset = defaultVersion(entry.opsetImports);
    const nodes = mapShared(entry.nodes, (node) => this.#node(node));
    this.#opset = around;
    return bare === entry && nodes === entry.nodes ? entry : { ...bare, nodes };
  }

  #node(node: Node): Node {
    const bare = this.#withoutNotes(node, metadataFields.node);
    const attributes = mapShared(this.#withoutDefaults(node), (attribute) => this.#attribute(attribute));
    const isNamed = this.#options.nodeNames === true && node.name !== undefined && node.name !== '';
    if (isNamed) this.count += 1;
    if (bare === node && attributes === node.attributes && !isNamed) return node;
    return { ...bare, attributes, ...(isNamed && { name: undefined }) };
  }

  #withoutDefaults(node: Node): readonly Attribute[] {
    if (this.#options.atDefault !== true) return node.attributes;
    const needed = node.attributes.filter((attribute) => !isAtDefault(node, attribute, this.#opset));
    this.count += node.attributes.length - needed.length;
    return needed.length === node.attributes.length ? node.attributes : needed;
  }

  #attribute(attribute: Attribute): Attribute {
    const { g, graphs, t, tensors, sparseTensor } = attribute;
    const bare =
      this.#options.notes === true && attribute.docString ? { ...attribute, docString: undefined } : attribute;
    if (bare !== attribute) this.count += 1;
    return {
      ...bare,
      ...(g && { g: this.graph(g, false) }),
      ...(graphs && { graphs: mapShared(graphs, (graph) => this.graph(graph, false)) }),
      ...(t && { t: this.#unnamed(t) }),
      ...(tensors && { tensors: mapShared(tensors, (tensor) => this.#unnamed(tensor)) }),
      ...(sparseTensor && { sparseTensor: this.#unnamedSparse(sparseTensor) }),
    };
  }

  #sparse(tensor: SparseTensor): SparseTensor {
    const values = tensor.values && this.#withoutNotes(tensor.values, metadataFields.tensor);
    const indices = tensor.indices && this.#unnamed(tensor.indices);
    return values === tensor.values && indices === tensor.indices ? tensor : { ...tensor, values, indices };
  }

  #unnamedSparse(tensor: SparseTensor): SparseTensor {
    return {
      ...tensor,
      values: tensor.values && this.#unnamed(tensor.values),
      indices: tensor.indices && this.#unnamed(tensor.indices),
    };
  }

  /** A tensor that nothing reads by its name. */
  #unnamed(tensor: Tensor): Tensor {
    const bare = this.#withoutNotes(tensor, metadataFields.tensor);
    if (this.#options.notes !== true || !tensor.name) return bare;
    this.count += 1;
    return { ...bare, name: undefined };
  }

  #withoutNotes<Part extends Noted>(part: Part, metadataField: number): Part {
    if (this.#options.notes !== true) return part;
    const unknownFields = withoutUnknown(part.unknownFields, metadataField);
    if (!part.docString && unknownFields === part.unknownFields) return part;
    this.count += 1;
    return { ...part, docString: undefined, unknownFields };
  }
}
