/** Numbers and attributes in float16, and numbers in bfloat16. */
import { intAttribute } from '../../onnx/attributes';
import { constantTensor, valueAttribute } from '../../onnx/constant-node';
import { DataType, type DataTypeCode } from '../../onnx/data-type';
import { AttributeType, type Attribute, type Node, type Tensor } from '../../onnx/graph';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from '../../onnx/half-float';
import { createTensor, elementCount } from '../../onnx/tensor';
import { openWeight, ReadBuffer } from '../quantize/weight-reader';

/** The largest number of float16. */
export const largestFloat16 = 65504;
/** The same number and infinity, as bits of float32. */
const largestBits = 0x477fe000;
const infiniteBits = 0x7f800000;

/** True if a number of the tensor is finite and too large for float16. @param buffer is read with, until it is read with again. */
export function overflowsFloat16(tensor: Tensor, buffer = new ReadBuffer()): boolean {
  const values = readWhole(tensor, buffer);
  // The bits of floats without their signs are in the order of the floats.
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let at = 0; at < bits.length; at += 1) {
    const magnitude = bits[at]! & 0x7fffffff;
    if (magnitude > largestBits && magnitude < infiniteBits) return true;
  }
  return false;
}

/**
 * float16 bits of float32 numbers. A number that is not zero never becomes zero, but the smallest number of its sign: it may be divided
 * by. (float16.py of ONNX Runtime does the same.)
 */
export function asHalves(values: Float32Array): Uint16Array {
  const halves = float32ToFloat16(values);
  for (let at = 0; at < halves.length; at += 1) {
    if ((halves[at]! & 0x7fff) === 0 && values[at] !== 0) halves[at]! |= 1;
  }
  return halves;
}

/** A float of 16 bits that constants are stored in. */
export interface HalfType {
  readonly name: 'float16' | 'bfloat16';
  readonly dataType: DataTypeCode;
  /** The largest relative error of rounding to its digits. Below 6e-5 float16 has fewer. */
  readonly error: number;
  readonly largest: number;
  bitsOf(values: Float32Array): Uint16Array;
  valuesOf(bits: Uint16Array): Float32Array;
}

export const halfTypes = {
  float16: {
    name: 'float16',
    dataType: DataType.float16,
    error: 2 ** -11,
    largest: largestFloat16,
    bitsOf: asHalves,
    valuesOf: float16ToFloat32,
  },
  bfloat16: {
    name: 'bfloat16',
    dataType: DataType.bfloat16,
    error: 2 ** -8,
    largest: (2 - 2 ** -7) * 2 ** 127,
    bitsOf: float32ToBfloat16,
    valuesOf: bfloat16ToFloat32,
  },
} as const satisfies Record<string, HalfType>;

/** A float32 tensor in 16 bits, in memory. */
export function tensorAsFloat16(
  tensor: Tensor,
  name = tensor.name,
  buffer = new ReadBuffer(),
  type: HalfType = halfTypes.float16,
): Tensor {
  return createTensor({
    ...(name !== undefined && { name }),
    dataType: type.dataType,
    dims: tensor.dims,
    bytes: type.bitsOf(readWhole(tensor, buffer)),
  });
}

function readWhole(tensor: Tensor, buffer: ReadBuffer): Float32Array {
  return openWeight(tensor, buffer).read(0, elementCount(tensor));
}

/** Operators that state the type of their output in `dtype`. */
const typedOperators: ReadonlySet<string | undefined> = new Set([
  'RandomNormal',
  'RandomUniform',
  'RandomNormalLike',
  'EyeLike',
  'Bernoulli',
]);

/** The attributes of a node that computes float16 where it computed float32. */
export function attributesAsFloat16(node: Node): readonly Attribute[] {
  const without = (name: string): Attribute[] => node.attributes.filter((attribute) => attribute.name !== name);
  switch (node.opType) {
    case 'Cast':
      return [...without('to'), intAttribute('to', DataType.float16)];
    case 'Constant':
      return node.attributes.map((attribute) => {
        const tensor = constantTensor(attribute);
        return tensor?.dataType === DataType.float32 ? valueAttribute(tensorAsFloat16(tensor)) : attribute;
      });
    case 'ConstantOfShape': {
      const zero = createTensor({ dataType: DataType.float32, dims: [1], bytes: new Float32Array(1) });
      const value = node.attributes.find(({ name }) => name === 'value')?.t ?? zero;
      return [...without('value'), { name: 'value', type: AttributeType.tensor, t: tensorAsFloat16(value) }];
    }
    default:
      if (!typedOperators.has(node.opType)) return node.attributes;
      return [...without('dtype'), intAttribute('dtype', DataType.float16)];
  }
}
