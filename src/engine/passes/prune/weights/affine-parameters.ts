/** Scale and zero point of a weight that is already quantized, as the node that reads it says. */
import type { ConstantLookup } from '../../../onnx/constant-lookup';
import { isFloatDataType } from '../../../onnx/data-type';
import { channelStride, zeroPointsOf, type QuantizedUse } from '../../../onnx/ops/zero-points';
import { elementCount, readFloat32 } from '../../../onnx/tensor';
import type { Weight } from '../../../onnx/weights';
import type { AffineParameters } from './weight-values';

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
  const points = zeroPointsOf(weight.tensor, use, constant);
  if (typeof points === 'string') return points;
  const { zeroPoints } = points;
  if (constant(besides(weight, '_step'), use.visit)) {
    return 'The model also stores the sums of its columns, as per-token quantization does. Prune before quantizing.';
  }
  const scaleInput = use.kind === 'dequantize' ? 1 : use.operand.scaleInput;
  const scaleName = scaleInput === undefined ? besides(weight, '_scale') : use.visit.node.inputs[scaleInput];
  const scaleTensor = constant(scaleName, use.visit);
  if (scaleTensor && !isFloatDataType(scaleTensor.dataType ?? 0))
    return 'Its scale has a type that Pareto does not support.';
  const count = Math.max(zeroPoints.length, scaleTensor ? elementCount(scaleTensor) : 1);
  // Channels with zero points of their own have scales of their own.
  if (!scaleTensor && (scaleMatters || count > 1)) {
    return 'Its scale was not found, so its numbers cannot be compared by magnitude.';
  }
  const scales = scaleTensor ? readFloat32(scaleTensor) : Float32Array.of(1);
  const stride = channelStride(weight.tensor, use, count);
  if (stride === undefined) {
    return 'Pruning does not support the layout of its scales (several directions or blocks).';
  }
  return {
    stride,
    scales: Float32Array.from({ length: count }, (_, index) => scales[scales.length === 1 ? 0 : index] ?? 1),
    zeroPoints: Int32Array.from({ length: count }, (_, index) => zeroPoints[zeroPoints.length === 1 ? 0 : index] ?? 0),
  };
}

/** The name of what was quantized as `W_quantized` with another ending. */
function besides({ name }: Weight, ending: string): string | undefined {
  return name.endsWith('_quantized') ? name.replace(/_quantized$/, ending) : undefined;
}
