import { toBigint } from './long-bigint';
import type Long from 'long';
import type { Dimension, Shape, ValueType } from '../graph';
import { present, unknownOf } from './present';
import type { onnx } from 'onnx-proto';

/** A value's type. When a file bends the oneof and fills several kinds, the last one counts, as protobuf says. */
export function typeFromProto(message: onnx.ITypeProto): ValueType {
  const outer = { denotation: present(message, 'denotation'), unknownFields: unknownOf(message) };
  const field = lastPresent(message, ['tensorType', 'sparseTensorType', 'sequenceType', 'mapType', 'optionalType']);
  switch (field) {
    case 'tensorType':
    case 'sparseTensorType': {
      const inner = message[field]!;
      const shape = present(inner, 'shape');
      return {
        kind: field === 'tensorType' ? 'tensor' : 'sparseTensor',
        elementType: present(inner, 'elemType'),
        shape: shape && shapeFromProto(shape),
        innerUnknownFields: unknownOf(inner),
        ...outer,
      };
    }
    case 'sequenceType':
    case 'optionalType': {
      const inner = message[field]!;
      const element = present(inner, 'elemType');
      return {
        kind: field === 'sequenceType' ? 'sequence' : 'optional',
        element: element && typeFromProto(element),
        innerUnknownFields: unknownOf(inner),
        ...outer,
      };
    }
    case 'mapType': {
      const inner = message.mapType!;
      const element = present(inner, 'valueType');
      return {
        kind: 'map',
        keyType: present(inner, 'keyType'),
        element: element && typeFromProto(element),
        innerUnknownFields: unknownOf(inner),
        ...outer,
      };
    }
    default:
      return { kind: 'none', ...outer };
  }
}

function shapeFromProto(message: onnx.ITensorShapeProto): Shape {
  return { dimensions: (message.dim ?? []).map(dimensionFromProto), unknownFields: unknownOf(message) };
}

function dimensionFromProto(message: onnx.TensorShapeProto.IDimension): Dimension {
  const rest = { denotation: present(message, 'denotation'), unknownFields: unknownOf(message) };
  switch (lastPresent(message, ['dimValue', 'dimParam'])) {
    case 'dimValue':
      return { size: toBigint(message.dimValue as unknown as Long), ...rest };
    case 'dimParam':
      return { symbol: message.dimParam!, ...rest };
    default:
      return rest;
  }
}

/** Returns the field of a oneof that was decoded last: own properties keep the order in which they were first set. */
function lastPresent<M extends object, K extends keyof M & string>(message: M, keys: readonly K[]): K | undefined {
  return (Object.keys(message) as K[]).filter((key) => keys.includes(key) && message[key] != null).at(-1);
}
