/** The model in memory → onnx-proto's messages. Absent fields stay absent. */
import type Long from 'long';
import type { onnx } from 'onnx-proto';
import type { Kept, OutgoingPayload } from './proto';
import { toLong } from './long-bigint';
import type {
  Attribute,
  Dimension,
  Graph,
  Model,
  ModelFunction,
  Node,
  OpsetImport,
  QuantizationAnnotation,
  Shape,
  SparseTensor,
  StringEntry,
  Tensor,
  TrainingInfo,
  ValueInfo,
  ValueType,
} from '../graph';
import { bytesOf } from '../byte-views';
import { encodeVarints } from './varints';
import { tensorPayloadFields } from './wire-schema';

/** onnx-proto wants plain arrays and writes nothing it does not own; it never changes them. */
const list = <T>(values: readonly T[] | undefined): T[] | undefined => values as T[] | undefined;
const long = (value: bigint | undefined): Long | undefined => (value === undefined ? undefined : toLong(value));

type Message<T> = T & Kept;

export function modelToProto(model: Model): Message<onnx.IModelProto> {
  return {
    irVersion: long(model.irVersion),
    opsetImport: model.opsetImports.map(opsetImport),
    producerName: model.producerName,
    producerVersion: model.producerVersion,
    domain: model.domain,
    modelVersion: long(model.modelVersion),
    docString: model.docString,
    graph: model.graph && graphToProto(model.graph),
    metadataProps: model.metadata.map(stringEntry),
    trainingInfo: model.training.map(training),
    functions: model.functions.map(functionToProto),
    unknownFields: model.unknownFields,
  };
}

function training(info: TrainingInfo): Message<onnx.ITrainingInfoProto> {
  return {
    initialization: info.initialization && graphToProto(info.initialization),
    algorithm: info.algorithm && graphToProto(info.algorithm),
    initializationBinding: info.initializationBinding.map(stringEntry),
    updateBinding: info.updateBinding.map(stringEntry),
    unknownFields: info.unknownFields,
  };
}

function functionToProto(entry: ModelFunction): Message<onnx.IFunctionProto> {
  return {
    name: entry.name,
    domain: entry.domain,
    input: list(entry.inputs),
    output: list(entry.outputs),
    attribute: list(entry.attributes),
    node: entry.nodes.map(nodeToProto),
    docString: entry.docString,
    opsetImport: entry.opsetImports.map(opsetImport),
    unknownFields: entry.unknownFields,
  };
}

function graphToProto(graph: Graph): Message<onnx.IGraphProto> {
  return {
    name: graph.name,
    node: graph.nodes.map(nodeToProto),
    initializer: graph.initializers.map(tensorToProto),
    sparseInitializer: graph.sparseInitializers.map(sparseTensorToProto),
    docString: graph.docString,
    input: graph.inputs.map(valueInfo),
    output: graph.outputs.map(valueInfo),
    valueInfo: graph.valueInfos.map(valueInfo),
    quantizationAnnotation: graph.quantizationAnnotations.map(annotation),
    unknownFields: graph.unknownFields,
  };
}

function nodeToProto(node: Node): Message<onnx.INodeProto> {
  return {
    name: node.name,
    opType: node.opType,
    domain: node.domain,
    input: list(node.inputs),
    output: list(node.outputs),
    attribute: node.attributes.map(attributeToProto),
    docString: node.docString,
    unknownFields: node.unknownFields,
  };
}

function attributeToProto(attribute: Attribute): Message<onnx.IAttributeProto> {
  return {
    name: attribute.name,
    refAttrName: attribute.refAttrName,
    docString: attribute.docString,
    type: attribute.type,
    f: attribute.f,
    i: long(attribute.i),
    s: attribute.s,
    t: attribute.t && tensorToProto(attribute.t),
    g: attribute.g && graphToProto(attribute.g),
    sparseTensor: attribute.sparseTensor && sparseTensorToProto(attribute.sparseTensor),
    tp: attribute.typeProto && typeToProto(attribute.typeProto),
    floats: list(attribute.floats),
    ints: attribute.ints?.map(toLong),
    strings: list(attribute.strings),
    tensors: attribute.tensors?.map(tensorToProto),
    graphs: attribute.graphs?.map(graphToProto),
    sparseTensors: attribute.sparseTensors?.map(sparseTensorToProto),
    typeProtos: attribute.typeProtos?.map(typeToProto),
    unknownFields: attribute.unknownFields,
  };
}

function tensorToProto(tensor: Tensor): Message<onnx.ITensorProto> {
  return {
    name: tensor.name,
    dims: tensor.dims.map(toLong),
    dataType: tensor.dataType,
    docString: tensor.docString,
    stringData: list(tensor.stringData),
    externalData: tensor.externalData?.map(stringEntry),
    dataLocation: tensor.dataLocation,
    segment: tensor.segment && {
      begin: long(tensor.segment.begin),
      end: long(tensor.segment.end),
      ...{ unknownFields: tensor.segment.unknownFields },
    },
    payloads: outgoingPayloads(tensor),
    unknownFields: tensor.unknownFields,
  };
}

function outgoingPayloads(tensor: Tensor): OutgoingPayload[] {
  const { rawData, floatData, doubleData, int32Data, int64Data, uint64Data } = tensor;
  const payloads: OutgoingPayload[] = [];
  const fields = tensorPayloadFields;
  if (floatData?.length) payloads.push({ field: fields.floatData, data: bytesOf(floatData) });
  if (int32Data?.length) payloads.push({ field: fields.int32Data, data: encodeVarints(int32Data) });
  if (int64Data?.length) payloads.push({ field: fields.int64Data, data: encodeVarints(int64Data) });
  if (rawData) payloads.push({ field: fields.rawData, data: rawData });
  if (doubleData?.length) payloads.push({ field: fields.doubleData, data: bytesOf(doubleData) });
  if (uint64Data?.length) payloads.push({ field: fields.uint64Data, data: encodeVarints(uint64Data) });
  return payloads;
}

function sparseTensorToProto(tensor: SparseTensor): Message<onnx.ISparseTensorProto> {
  return {
    values: tensor.values && tensorToProto(tensor.values),
    indices: tensor.indices && tensorToProto(tensor.indices),
    dims: tensor.dims.map(toLong),
    unknownFields: tensor.unknownFields,
  };
}

function stringEntry(entry: StringEntry): Message<onnx.IStringStringEntryProto> {
  return { key: entry.key, value: entry.value, unknownFields: entry.unknownFields };
}

function opsetImport(entry: OpsetImport): Message<onnx.IOperatorSetIdProto> {
  return { domain: entry.domain, version: long(entry.version), unknownFields: entry.unknownFields };
}

function annotation(entry: QuantizationAnnotation): Message<onnx.ITensorAnnotation> {
  return {
    tensorName: entry.tensorName,
    quantParameterTensorNames: entry.parameters.map(stringEntry),
    unknownFields: entry.unknownFields,
  };
}

function valueInfo(value: ValueInfo): Message<onnx.IValueInfoProto> {
  return {
    name: value.name,
    type: value.type && typeToProto(value.type),
    docString: value.docString,
    unknownFields: value.unknownFields,
  };
}

/** A value's type as onnx-proto's message. */
function typeToProto(type: ValueType): onnx.ITypeProto & Kept {
  const outer = { denotation: type.denotation, unknownFields: type.unknownFields };
  const unknownFields = type.innerUnknownFields;
  switch (type.kind) {
    case 'tensor':
      return { tensorType: { ...tensorFields(type), ...{ unknownFields } }, ...outer };
    case 'sparseTensor':
      return { sparseTensorType: { ...tensorFields(type), ...{ unknownFields } }, ...outer };
    case 'sequence':
      return { sequenceType: { elemType: type.element && typeToProto(type.element), ...{ unknownFields } }, ...outer };
    case 'optional':
      return { optionalType: { elemType: type.element && typeToProto(type.element), ...{ unknownFields } }, ...outer };
    case 'map': {
      const valueType = type.element && typeToProto(type.element);
      return { mapType: { keyType: type.keyType, valueType, ...{ unknownFields } }, ...outer };
    }
    case 'none':
      return outer;
  }
}

function tensorFields(type: ValueType): onnx.TypeProto.ITensor {
  return { elemType: type.elementType, shape: type.shape && shapeToProto(type.shape) };
}

function shapeToProto(shape: Shape): onnx.ITensorShapeProto & Kept {
  return { dim: shape.dimensions.map(dimensionToProto), unknownFields: shape.unknownFields };
}

function dimensionToProto(dimension: Dimension): onnx.TensorShapeProto.IDimension & Kept {
  const message: onnx.TensorShapeProto.IDimension & Kept = {
    denotation: dimension.denotation,
    unknownFields: dimension.unknownFields,
  };
  if ('size' in dimension && dimension.size !== undefined) message.dimValue = toLong(dimension.size);
  else if ('symbol' in dimension && dimension.symbol !== undefined) message.dimParam = dimension.symbol;
  return message;
}
