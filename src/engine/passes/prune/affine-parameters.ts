/** Scale and zero point of a weight that is already quantized, as the node that reads it says. */
import type { ConstantLookup } from '../../onnx/constant-lookup';
import { isFloatDataType } from '../../onnx/data-type';
import type { Tensor } from '../../onnx/graph';
import type { WeightOperand } from '../../onnx/ops/weight-operands';
import { elementCount, holdsIntegers, readFloat32, readIntegers } from '../../onnx/tensor';
import { getAttributeInt, type NodeVisit } from '../../onnx/traverse';
import type { Weight } from '../../onnx/weights';
import type { AffineParameters } from './weight-values';

/** What reads the quantized weight: an operator on integers, or DequantizeLinear. */
export type QuantizedUse =
  | { readonly kind: 'operand'; readonly visit: NodeVisit; readonly operand: WeightOperand }
  | { readonly kind: 'dequantize'; readonly visit: NodeVisit };

/**
 * The parameters, or a sentence that says why they are not known. MatMulInteger and ConvInteger do not name their scale:
 * it is found by the names that ONNX Runtime's quantizer gives (`W_quantized` has `W_scale`).
 */
export function affineParametersOf(
  weight: Weight,
  use: QuantizedUse,
  constant: ConstantLookup,
  scaleMatters: boolean,
): AffineParameters | string {
  const { node } = use.visit;
  const scaleInput = use.kind === 'dequantize' ? 1 : use.operand.scaleInput;
  const zeroPointInput = use.kind === 'dequantize' ? 2 : use.operand.zeroPointInput;
  const zeroPointName = zeroPointInput === undefined ? undefined : node.inputs[zeroPointInput];
  const zeroPointTensor = constant(zeroPointName, use.visit);
  if (zeroPointName && !zeroPointTensor) return 'Its zero point is computed while the model runs.';
  if (zeroPointTensor && !holdsIntegers(zeroPointTensor)) return 'Its zero point is no integer.';
  const zeroPoints = zeroPointTensor ? readIntegers(zeroPointTensor).map(Number) : [0];
  const scaleTensor = constant(scaleInput === undefined ? scaleNameOf(weight) : node.inputs[scaleInput], use.visit);
  if (scaleTensor && !isFloatDataType(scaleTensor.dataType ?? 0))
    return 'Its scale has a type that Pareto does not read.';
  const count = Math.max(zeroPoints.length, scaleTensor ? elementCount(scaleTensor) : 1);
  if (!scaleTensor && (scaleMatters || count > 1)) {
    return 'Its scale was not found, so its numbers cannot be compared by magnitude.';
  }
  const scales = scaleTensor ? readFloat32(scaleTensor) : Float32Array.of(1);
  const stride = channelStride(weight.tensor, use, count);
  if (stride === undefined || (use.kind === 'dequantize' && (getAttributeInt(node, 'block_size') ?? 0) > 0)) {
    return 'Its scales are laid out in a way that pruning does not read yet (several directions or blocks).';
  }
  return {
    stride,
    scales: Float32Array.from({ length: count }, (_, index) => scales[scales.length === 1 ? 0 : index] ?? 1),
    zeroPoints: Int32Array.from({ length: count }, (_, index) => zeroPoints[zeroPoints.length === 1 ? 0 : index] ?? 0),
  };
}

function scaleNameOf({ name }: Weight): string | undefined {
  return name.endsWith('_quantized') ? name.replace(/_quantized$/, '_scale') : undefined;
}

/** Elements between two channels of the axis that the scales belong to; `undefined` when they belong to none. */
function channelStride(tensor: Tensor, use: QuantizedUse, channels: number): number | undefined {
  if (channels === 1) return 1;
  const dims = tensor.dims.map(Number);
  const axis = channelAxis(dims, use, channels);
  if (axis === undefined || dims[axis] !== channels) return undefined;
  return dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
}

function channelAxis(dims: readonly number[], use: QuantizedUse, channels: number): number | undefined {
  if (use.kind === 'dequantize') {
    const axis = getAttributeInt(use.visit.node, 'axis') ?? 1;
    return axis < 0 ? dims.length + axis : axis;
  }
  switch (use.visit.node.opType) {
    case 'ConvInteger':
    case 'QLinearConv':
      return 0;
    case 'DynamicQuantizeLSTM':
      // [directions, input, 4 × hidden]: one pair per direction, or with one direction one per column.
      return dims[0] === channels ? 0 : dims[0] === 1 ? dims.length - 1 : undefined;
    default:
      return dims.length - 1;
  }
}
