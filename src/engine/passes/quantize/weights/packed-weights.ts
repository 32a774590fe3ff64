/** The bytes of quantized weights, as the operators that read them want them. */
import { bytesOf } from '../../../onnx/byte-views';
import { DataType } from '../../../onnx/data-type';
import { float32ToFloat16 } from '../../../onnx/half-float';
import { storedShapeOf, type PlannedLayer } from './layer-plan';
import type { QuantizedMatrix, WeightBits } from './weight-grid';
import { inStoredOrder, type MatrixShape } from './weight-matrix';

export interface PackedWeight {
  readonly values: Uint8Array;
  readonly scale: Uint8Array;
  /** The zero points; absent if the middle of the codes stands for them. */
  readonly zeroPoint?: Uint8Array;
}

/** Packs a weight in the dims of `storageOf`. */
export function packWeight(planned: PlannedLayer, quantized: QuantizedMatrix): PackedWeight {
  const { layer, form } = planned;
  const isHalf = layer.weight.tensor.dataType === DataType.float16;
  const inOrder = form === 'dequantize' || form === 'gather-rows';
  const packed = inOrder ? packRows(quantized, storedShapeOf(planned)) : undefined;
  const { scales, ...integers } = packed ?? packBlocks(quantized, form !== 'gather-blocks');
  return { ...integers, scale: bytesOf(isHalf ? float32ToFloat16(scales) : scales) };
}

interface PackedIntegers {
  readonly values: Uint8Array;
  readonly scales: Float32Array;
  readonly zeroPoint?: Uint8Array;
}

/**
 * Packs for DequantizeLinear in the order of the weight: signed without zero points if symmetric, else unsigned with
 * zero points.
 */
function packRows({ grid, codes }: QuantizedMatrix, shape: MatrixShape): PackedIntegers {
  const { bits, symmetric, blocks, zeroPoints } = grid;
  const middle = symmetric ? 2 ** (bits - 1) : 0;
  // Numbers of a block lie nowhere together.
  const ofBlocks: MatrixShape = { ...shape, columns: blocks, together: 1 };
  const stored = (values: Uint8Array, order: MatrixShape): Uint8Array => {
    const ordered = inStoredOrder(values, order);
    if (bits !== 8) return packBits(ordered, bits, middle);
    return middle === 0 ? ordered : ordered.map((code) => code - middle);
  };
  return {
    values: stored(codes, shape),
    scales: inStoredOrder(grid.scales, ofBlocks),
    ...(!symmetric && { zeroPoint: stored(zeroPoints, ofBlocks) }),
  };
}

/**
 * Packs for MatMulNBits and GatherBlockQuantized by rows. Each row begins with a whole byte, and scales and zero points
 * do likewise.
 */
function packBlocks({ grid, codes }: QuantizedMatrix, wholeBlocks: boolean): PackedIntegers {
  const { rows, columns, blocks, blockSize, bits, zeroPoints, symmetric } = grid;
  const perRow = (source: Uint8Array, length: number, to: number, filler: number): Uint8Array => {
    if (length === to) return packBits(source, bits);
    const target = new Uint8Array(rows * to).fill(filler);
    for (let row = 0; row < rows; row += 1) target.set(source.subarray(row * length, (row + 1) * length), row * to);
    return packBits(target, bits);
  };
  return {
    values: perRow(codes, columns, wholeBlocks ? blocks * blockSize : columns, 0),
    scales: grid.scales,
    ...(!symmetric && { zeroPoint: perRow(zeroPoints, blocks, inWholeBytes(blocks, bits), 2 ** (bits - 1)) }),
  };
}

/** The count, rounded up so that the codes fill whole bytes. */
export function inWholeBytes(count: number, bits: WeightBits): number {
  const inByte = 8 / bits;
  return Math.ceil(count / inByte) * inByte;
}

/**
 * Packs several codes in a byte, the first one low; the last byte may have room. `minus` is subtracted from each, in
 * two's complement.
 */
export function packBits(codes: Uint8Array, bits: WeightBits, minus = 0): Uint8Array {
  if (bits === 8) return codes;
  const inByte = 8 / bits;
  const mask = 2 ** bits - 1;
  const packed = new Uint8Array(Math.ceil(codes.length / inByte));
  const whole = Math.floor(codes.length / inByte);
  if (bits === 4) {
    for (let at = 0, from = 0; at < whole; at += 1, from += 2) {
      packed[at] = ((codes[from]! - minus) & 15) | (((codes[from + 1]! - minus) & 15) << 4);
    }
  }
  for (let from = bits === 4 ? whole * inByte : 0; from < codes.length; from += 1) {
    packed[Math.floor(from / inByte)]! |= ((codes[from]! - minus) & mask) << ((from % inByte) * bits);
  }
  return packed;
}
