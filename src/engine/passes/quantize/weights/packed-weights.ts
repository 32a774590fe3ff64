/** The bytes of quantized weights, as the operators that read them want them. */
import { DataType, type DataTypeCode } from '../../../onnx/data-type';
import type { Tensor } from '../../../onnx/graph';
import { float32ToFloat16 } from '../../../onnx/half-float';
import { createTensor } from '../../../onnx/tensor';
import { blockColumns, type QuantizedMatrix, type WeightGrid } from './weight-grid';
import { inStoredOrder, type MatrixShape } from './weight-matrix';

/** Two codes in a byte, the first one low; an odd last one alone. */
export function packNibbles(codes: Uint8Array): Uint8Array {
  const packed = new Uint8Array(Math.ceil(codes.length / 2));
  for (let at = 0; at < codes.length; at += 1) packed[at >> 1]! |= (codes[at]! & 15) << ((at & 1) * 4);
  return packed;
}

/** What DequantizeLinear reads: signed whole numbers without zero points when symmetric, else unsigned ones with. */
export interface DequantizeTensors {
  readonly values: Tensor;
  readonly scale: Tensor;
  readonly zeroPoint?: Tensor;
  /** Of the scales. Blocked: of the axis that is cut into blocks. */
  readonly axis: number;
  readonly blockSize?: number;
}

export interface TensorNames {
  readonly values: string;
  readonly scale: string;
  readonly zeroPoint: string;
}

/**
 * One scale for each row keeps the shape of the weight. In blocks, the values are the matrix in the order in which the weight
 * stores it: [rows, columns] or [columns, rows].
 */
export function dequantizeTensors(
  { grid, codes }: QuantizedMatrix,
  shape: MatrixShape,
  weight: Tensor,
  names: TensorNames,
): DequantizeTensors {
  const { rows, columns, blocks, zeroPoints } = grid;
  const byRows = shape.storedBy === 'rows';
  const isBlocked = blocks > 1;
  const order = (length: number): MatrixShape => ({ ...shape, columns: length });
  const matrixDims = byRows ? [rows, columns] : [columns, rows];
  const scaleDims = isBlocked ? (byRows ? [rows, blocks] : [blocks, rows]) : [rows];
  const type = integerType(grid);
  const stored = (values: Uint8Array): Uint8Array => integerBytes(grid, values);
  return {
    values: createTensor({
      name: names.values,
      dataType: type,
      dims: isBlocked ? matrixDims : weight.dims,
      bytes: stored(inStoredOrder(codes, order(columns))),
    }),
    scale: scaleTensor(names.scale, weight.dataType!, scaleDims, inStoredOrder(grid.scales, order(blocks))),
    ...(!grid.symmetric && {
      zeroPoint: createTensor({
        name: names.zeroPoint,
        dataType: type,
        dims: scaleDims,
        bytes: stored(inStoredOrder(zeroPoints, order(blocks))),
      }),
    }),
    axis: isBlocked === byRows ? 1 : 0,
    ...(isBlocked && { blockSize: blockColumns(grid) }),
  };
}

function integerType({ bits, symmetric }: WeightGrid): DataTypeCode {
  if (bits === 4) return symmetric ? DataType.int4 : DataType.uint4;
  return symmetric ? DataType.int8 : DataType.uint8;
}

function integerBytes({ bits, symmetric }: WeightGrid, codes: Uint8Array): Uint8Array {
  const middle = symmetric ? 2 ** (bits - 1) : 0;
  const values = middle === 0 ? codes : codes.map((code) => code - middle);
  return bits === 4 ? packNibbles(values) : values;
}

export function scaleTensor(
  name: string,
  dataType: DataTypeCode,
  dims: readonly number[],
  scales: Float32Array,
): Tensor {
  const bytes = dataType === DataType.float16 ? float32ToFloat16(scales) : scales;
  return createTensor({ name, dataType, dims, bytes });
}

/** What MatMulNBits and GatherBlockQuantized read: each block of a row in whole bytes, scales by rows, zero points likewise. */
export interface BlockTensors {
  readonly values: Uint8Array;
  /** Bytes of a row. */
  readonly rowBytes: number;
  readonly zeroPoints?: Uint8Array;
  /** Bytes of the zero points of a row. */
  readonly zeroPointBytes: number;
}

/**
 * @param wholeBlocks the last block of a row is filled up with zero codes, as MatMulNBits wants it; else rows hold what there is.
 */
export function blockTensors({ grid, codes }: QuantizedMatrix, wholeBlocks: boolean): BlockTensors {
  const { rows, columns, blocks, bits, zeroPoints, symmetric } = grid;
  const width = wholeBlocks ? blocks * grid.blockSize : columns;
  const pack = (values: Uint8Array): Uint8Array => (bits === 4 ? packNibbles(values) : values);
  const perRow = (source: Uint8Array, length: number, to: number, filler: number): Uint8Array => {
    const target = new Uint8Array(rows * to).fill(filler);
    for (let row = 0; row < rows; row += 1) target.set(source.subarray(row * length, (row + 1) * length), row * to);
    return pack(target);
  };
  const even = (count: number): number => (bits === 4 ? count + (count % 2) : count);
  const zeroPointWidth = even(blocks);
  return {
    values: perRow(codes, columns, width, 0),
    rowBytes: (width * bits) / 8,
    ...(!symmetric && { zeroPoints: perRow(zeroPoints, blocks, zeroPointWidth, 2 ** (bits - 1)) }),
    zeroPointBytes: (zeroPointWidth * bits) / 8,
  };
}
