import type { Dimension, Shape, ValueType } from '../graph';
import { toLong } from './long-bigint';
import type { onnx } from 'onnx-proto';
import type { Kept } from './proto';

/** A value's type as onnx-proto's message. */
export function typeToProto(type: ValueType): onnx.ITypeProto & Kept {
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
