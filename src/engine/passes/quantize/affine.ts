/**
 * Scale and zero point of affine quantization, `real = scale * (integer - zeroPoint)`: the arithmetic of
 * ONNX Runtime's Python tool (`compute_scale_zp` in onnxruntime/quantization/quant_utils.py, 1.32), bit for bit.
 */
import { roundHalfEven } from '../../round-half-even';
import type { FloatFormat } from './float-format';

export type IntegerType = 'int8' | 'uint8' | 'int16' | 'uint16' | 'int4' | 'uint4';

export interface IntegerRange {
  readonly lowest: number;
  readonly highest: number;
}

export interface AffineParameters {
  /** A value of the weight's own float format. */
  readonly scale: number;
  readonly zeroPoint: number;
}

export interface AffineOptions {
  readonly type: IntegerType;
  /** Center the real range on zero. */
  readonly symmetric: boolean;
  /** Use one bit less, for processors that saturate sums of products. Wins over the narrower symmetric range. */
  readonly reduceRange: boolean;
}

const representable: Readonly<Record<IntegerType, IntegerRange>> = {
  int4: { lowest: -8, highest: 7 },
  uint4: { lowest: 0, highest: 15 },
  int8: { lowest: -128, highest: 127 },
  uint8: { lowest: 0, highest: 255 },
  int16: { lowest: -32768, highest: 32767 },
  uint16: { lowest: 0, highest: 65535 },
};

const reduced: Readonly<Record<IntegerType, IntegerRange>> = {
  int4: { lowest: -4, highest: 3 },
  uint4: { lowest: 0, highest: 7 },
  int8: { lowest: -64, highest: 64 },
  uint8: { lowest: 0, highest: 127 },
  int16: { lowest: -16384, highest: 16384 },
  uint16: { lowest: 0, highest: 32767 },
};

/** The whole range of the integer type. Quantized values are clipped to it, whatever range is in use. */
export function representableRange(type: IntegerType): IntegerRange {
  return representable[type];
}

/** The integers that the real range is spread over. */
export function rangeInUse({ type, symmetric, reduceRange }: AffineOptions): IntegerRange {
  if (reduceRange) return reduced[type];
  const { lowest, highest } = representable[type];
  return symmetric && (type === 'int8' || type === 'int16') ? { lowest: -highest, highest } : { lowest, highest };
}

/**
 * Scale and zero point for values between `minimum` and `maximum`, two finite values of `format`.
 * The range is first widened to hold zero. A range too small for a scale in `format` gets scale 1 and zero point 0.
 */
export function affineParameters(
  minimum: number,
  maximum: number,
  options: AffineOptions,
  format: FloatFormat,
): AffineParameters {
  const { lowest, highest } = rangeInUse(options);
  let low = Math.min(minimum, 0);
  let high = Math.max(maximum, 0);
  if (options.symmetric) {
    high = Math.max(-low, high);
    low = -high;
  }
  // The scale is computed in double precision, because the difference of two finite float32 values may overflow
  // float32.
  const exactScale = (high - low) / (highest - lowest);
  const scale = format.round(exactScale);
  if (format.isTooSmallForScale(exactScale)) return { scale: 1, zeroPoint: 0 };
  const zeroPoint = options.symmetric
    ? roundHalfEven((lowest + highest) / 2)
    : roundHalfEven(lowest - low / exactScale);
  return { scale, zeroPoint };
}
