/** The fields on the wire, against the descriptors of another implementation, which knows a newer ONNX. */
import { ScalarType, type DescField, type DescMessage } from '@bufbuild/protobuf';
import * as onnx from 'onnx-buf';
import { expect, it } from 'vitest';
import { tensorPayloadFields, wireSchema, type FieldKind, type MessageName } from './wire-schema';

const described: Readonly<Record<MessageName, DescMessage>> = {
  Model: onnx.ModelProtoSchema,
  Graph: onnx.GraphProtoSchema,
  Node: onnx.NodeProtoSchema,
  Attribute: onnx.AttributeProtoSchema,
  Tensor: onnx.TensorProtoSchema,
  Segment: onnx.TensorProto_SegmentSchema,
  SparseTensor: onnx.SparseTensorProtoSchema,
  ValueInfo: onnx.ValueInfoProtoSchema,
  Type: onnx.TypeProtoSchema,
  TensorType: onnx.TypeProto_TensorSchema,
  SequenceType: onnx.TypeProto_SequenceSchema,
  MapType: onnx.TypeProto_MapSchema,
  OptionalType: onnx.TypeProto_OptionalSchema,
  Shape: onnx.TensorShapeProtoSchema,
  Dimension: onnx.TensorShapeProto_DimensionSchema,
  OpsetImport: onnx.OperatorSetIdProtoSchema,
  StringEntry: onnx.StringStringEntryProtoSchema,
  Annotation: onnx.TensorAnnotationSchema,
  Training: onnx.TrainingInfoProtoSchema,
  Function: onnx.FunctionProtoSchema,
};
const nameOf = new Map(Object.entries(described).map(([name, { typeName }]) => [typeName, name]));
// A sparse tensor's type has the fields of a tensor's.
nameOf.set(onnx.TypeProto_SparseTensorSchema.typeName, 'TensorType');

/** Fields that ONNX got after the version that onnx-proto knows; a later ONNX may add some. */
const newer = [
  ...['Model.configuration', 'Graph.metadata_props', 'Node.overload', 'Node.metadata_props'],
  ...['Node.device_configurations', 'Tensor.metadata_props', 'ValueInfo.metadata_props'],
  ...['Function.attribute_proto', 'Function.overload', 'Function.value_info', 'Function.metadata_props'],
];

function kindOf(message: MessageName, field: DescField): FieldKind {
  const isList = field.fieldKind === 'list';
  if (field.message !== undefined) {
    const name = nameOf.get(field.message.typeName) as MessageName;
    return isList ? [name] : name;
  }
  const payload = Object.entries(tensorPayloadFields).find(([, number]) => number === field.number);
  if (message === 'Tensor' && payload !== undefined) return payload[0] as FieldKind;
  if (field.scalar === ScalarType.STRING || field.scalar === ScalarType.BYTES) return 'bytes';
  if (field.scalar === ScalarType.FLOAT) return isList ? 'floats' : 'fixed32';
  return isList ? 'varints' : 'varint';
}

it.each(Object.keys(wireSchema) as MessageName[])('of %s are those of ONNX, each with its wire type', (message) => {
  const fields = described[message].fields.filter(({ name }) => !newer.includes(`${message}.${name}`));
  const expected = new Map(fields.map((field) => [field.number, kindOf(message, field)]));
  const byNumber = (all: ReadonlyMap<number, FieldKind>) => [...all].toSorted(([a], [b]) => a - b);
  expect(byNumber(wireSchema[message])).toEqual(byNumber(expected));
});
