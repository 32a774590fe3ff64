/** Scales, zero points and integers of everything that is marked: the arithmetic of ONNX Runtime's tool, bit for bit. */
import { roundHalfEven } from '../../../round-half-even';
import { DataType } from '../../../onnx/data-type';
import type { GraphEditor } from '../../../onnx/edit';
import type { Tensor, ValueName } from '../../../onnx/graph';
import { createTensor, elementCount, readFloat32 } from '../../../onnx/tensor';
import {
  affineParameters,
  representableRange,
  type AffineOptions,
  type AffineParameters,
  type IntegerType,
} from '../affine';
import { integerTensor } from '../integer-tensor';
import { float32Format } from '../float-format';
import type { ValueRange } from '../../../calibration/value-statistics';
import { productOf } from '../../../product-of';

/** Parameters of a value: one of each, or one for each index of `axis`. */
export interface QdqParameters {
  readonly type: IntegerType;
  readonly axis?: number;
  readonly scales: Float32Array;
  readonly zeroPoints: Int32Array;
}

/** A constant as integers. */
export interface QdqConstant extends QdqParameters {
  readonly values: Tensor;
}

export function activationParameters({ minimum, maximum }: ValueRange, options: AffineOptions): QdqParameters {
  return parametersOf([affineParameters(minimum, maximum, options, float32Format)], options);
}

function parametersOf(groups: readonly AffineParameters[], options: AffineOptions, axis?: number): QdqParameters {
  return {
    type: options.type,
    ...(axis !== undefined && { axis }),
    scales: Float32Array.from(groups, ({ scale }) => scale),
    zeroPoints: Int32Array.from(groups, ({ zeroPoint }) => zeroPoint),
  };
}

/** The groups of the elements of a tensor that share a scale. */
interface Groups {
  readonly count: number;
  /** Elements that lie one after the other in a group. */
  readonly inner: number;
}

/** As floats, integers of larger values may become infinite, because their scale is rounded. */
const largestValue = 2 ** 126;

function groupsOf(dims: readonly bigint[], axis: number | undefined): Groups {
  const sizes = dims.map(Number);
  const all = productOf(sizes);
  if (axis === undefined) return { count: 1, inner: all };
  return { count: sizes[axis]!, inner: productOf(sizes.slice(axis + 1)) };
}

/**
 * Scales of a float32 constant. `undefined` if it is empty, or holds NaN, infinity or values near it, as masks of
 * finfo.min do.
 * @param repairScale gives a scale with which a bias in its units fits into int32.
 */
export function constantParameters(
  tensor: Tensor,
  axis: number | undefined,
  options: AffineOptions,
  repairScale?: (scale: number, group: number) => number,
): QdqParameters | undefined {
  const values = readFloat32(tensor);
  if (elementCount(tensor) === 0 || !values.every((value) => Math.abs(value) < largestValue)) return undefined;
  const { count, inner } = groupsOf(tensor.dims, axis);
  const minimum = new Float64Array(count).fill(Infinity);
  const maximum = new Float64Array(count).fill(-Infinity);
  for (let start = 0, group = 0; start < values.length; start += inner, group = (group + 1) % count) {
    for (let at = start; at < start + inner; at += 1) {
      const value = values[at]!;
      if (value < minimum[group]!) minimum[group] = value;
      if (value > maximum[group]!) maximum[group] = value;
    }
  }
  const groups = Array.from(minimum, (low, group) => {
    const found = affineParameters(low, maximum[group]!, options, float32Format);
    return repairScale ? { ...found, scale: Math.fround(repairScale(found.scale, group)) } : found;
  });
  return parametersOf(groups, options, axis);
}

/** A constant in units of its scales. @param name of the tensor of integers. @param given these, where they are known. */
export function quantizeConstant(
  tensor: Tensor,
  name: ValueName,
  parameters: QdqParameters,
  given?: Int32Array,
): QdqConstant {
  const { type, scales, zeroPoints, axis } = parameters;
  if (given) return { ...parameters, values: integerTensor(name, type, tensor.dims, given) };
  const values = readFloat32(tensor);
  const { lowest, highest } = representableRange(type);
  const { count, inner } = groupsOf(tensor.dims, axis);
  const codes = new Int32Array(values.length);
  for (let start = 0, group = 0; start < values.length; start += inner, group = (group + 1) % count) {
    const scale = scales[group]!;
    const zeroPoint = zeroPoints[group]!;
    for (let at = start; at < start + inner; at += 1) {
      const code = roundHalfEven(Math.fround(values[at]! / scale)) + zeroPoint;
      codes[at] = Math.min(highest, Math.max(lowest, code));
    }
  }
  return { ...parameters, values: integerTensor(name, type, tensor.dims, codes) };
}

/** The tensors of scale and zero point for the operators that read a value. */
export function addScaling(
  editor: GraphEditor,
  name: ValueName,
  { type, axis, scales, zeroPoints }: QdqParameters,
): readonly [scale: ValueName, zeroPoint: ValueName] {
  const scale = editor.freshValueName(`${name}_scale`);
  const zeroPoint = editor.freshValueName(`${name}_zero_point`);
  const dims = axis === undefined ? [] : [scales.length];
  editor.addInitializer(createTensor({ name: scale, dataType: DataType.float32, dims, bytes: scales }));
  editor.addInitializer(integerTensor(zeroPoint, type, dims, zeroPoints));
  return [scale, zeroPoint];
}

/** Scales of a bias, one for each scale of the weight: input × weight, in float32. */
export function biasScales(input: QdqParameters, weight: QdqParameters): Float32Array {
  return weight.scales.map((scale) => Math.fround(input.scales[0]! * scale));
}

/** A bias as int32 in units of its scales. */
export function quantizeBias(values: ArrayLike<number>, scales: Float32Array, name: ValueName): Tensor {
  const integers = Int32Array.from({ length: values.length }, (_, at) => {
    const quotient = values[at]! / scales[scales.length === 1 ? 0 : at]!;
    return Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), roundHalfEven(quotient)));
  });
  return createTensor({ name, dataType: DataType.int32, dims: [values.length], bytes: integers });
}

/**
 * The scale of a weight, raised if a bias in its units would overflow int32. onnxruntime/quantization/qdq_quantizer.py,
 * `_adjust_weight_scale_for_int32_bias`.
 * @param largestBias the largest magnitude among the biases that share the scale.
 */
export function scaleForBias(weightScale: number, inputScale: number, largestBias: number): number {
  const least = (1.0001 * 2 * largestBias) / 4294967294;
  const product = inputScale * weightScale;
  return product > 0 && product < least ? weightScale * (least / product) : weightScale;
}
