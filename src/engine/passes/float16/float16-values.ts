/** Numbers and attributes in float16. */
import { intAttribute } from '../../onnx/attributes';
import { constantTensor } from '../../onnx/constant-node';
import { DataType } from '../../onnx/data-type';
import { AttributeType, type Attribute, type Node, type Tensor } from '../../onnx/graph';
import { float32ToFloat16 } from '../../onnx/half-float';
import { createTensor, readFloat32 } from '../../onnx/tensor';

/** The largest number of float16. */
export const largestFloat16 = 65504;
/** The smallest magnitude above zero. */
const smallestFloat16 = 2 ** -24;

/** True where a number of the tensor is finite and too large for float16. */
export function overflowsFloat16(tensor: Tensor): boolean {
  return readFloat32(tensor).some((value) => Math.abs(value) > largestFloat16 && Math.abs(value) < Infinity);
}

/**
 * A float32 tensor as float16. A number that is not zero never becomes zero: it may be divided by. (float16.py of ONNX Runtime
 * does the same.)
 */
export function tensorAsFloat16(tensor: Tensor, name = tensor.name): Tensor {
  const values = readFloat32(tensor);
  const isTiny = (value: number): boolean => value !== 0 && Math.abs(value) < smallestFloat16;
  const kept = values.some(isTiny)
    ? values.map((value) => (isTiny(value) ? Math.sign(value) * smallestFloat16 : value))
    : values;
  return createTensor({
    ...(name !== undefined && { name }),
    dataType: DataType.float16,
    dims: tensor.dims,
    bytes: float32ToFloat16(kept),
  });
}

/** Operators that say in `dtype` what they make. */
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
        return tensor ? { name: 'value', type: AttributeType.tensor, t: tensorAsFloat16(tensor) } : attribute;
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
