/** Products of many rows through the vector kernel: they are packed into its memory, which is everybody's until the next checkpoint. */
import { blockKernel, blockSide, reserve } from './block-kernel';

/** Rows of numbers within a larger array: row i starts at `offset + i * stride`. */
export interface Rows {
  readonly data: Float64Array;
  readonly offset: number;
  readonly stride: number;
  readonly count: number;
}

const numberBytes = Float64Array.BYTES_PER_ELEMENT;
/** The count of numbers that are multiplied at a time. */
const numbersAtOnce = 4;
/** Fewer rows are done before they are packed. */
const fewestRows = 24;
const fewestNumbers = 32;
/**
 * Bytes of rows on the right that all rows on the left are multiplied with before the next, so that they stay in the
 * cache.
 */
const tileBytes = 2 ** 18;

/** True if packing pays: it costs as much time as a few products of each number. */
export function isWorthPacking(left: number, right: number, length: number): boolean {
  return left >= fewestRows && right >= fewestRows && length >= fewestNumbers;
}

/**
 * `target[i][j] += factor × Σ_k left[i][k] × right[j][k]` for `length` numbers k; transposed: `right[k][j]`.
 * @param columns how many j there are.
 */
export function addPackedProducts(
  target: Rows,
  left: Rows,
  right: Rows & { readonly isTransposed: boolean },
  { length, columns, factor }: { readonly length: number; readonly columns: number; readonly factor: number },
): void {
  const kernel = blockKernel();
  // Blocks at the ends read rows that are not there, whose products nobody wants.
  const stride = Math.ceil(length / numbersAtOnce) * numbersAtOnce;
  const rightStart = (left.count + blockSide - 1) * stride;
  const resultStart = rightStart + (columns + blockSide - 1) * stride;
  const strideBytes = stride * numberBytes;
  const width = Math.max(1, Math.floor(tileBytes / strideBytes / blockSide)) * blockSide;
  reserve(kernel, (resultStart + blockSide * width) * numberBytes);
  const packed = new Float64Array(kernel.memory.buffer);
  pack(left, packed, stride, length);
  const packedRight = packed.subarray(rightStart, resultStart);
  if (right.isTransposed) packTransposed(right, packedRight, stride, columns);
  else pack(right, packedRight, stride, length);
  const { data: out } = target;
  for (let column = 0; column < columns; column += width) {
    const count = Math.min(width, columns - column);
    const first = rightStart * numberBytes + column * strideBytes;
    const end = first + count * strideBytes;
    for (let row = 0; row < left.count; row += blockSide) {
      const results = [resultStart * numberBytes, width * numberBytes] as const;
      kernel.multiply(row * strideBytes, first, end, strideBytes, strideBytes, ...results);
      const rows = Math.min(blockSide, left.count - row);
      for (let i = 0; i < rows; i += 1) {
        const at = target.offset + (row + i) * target.stride + column;
        const from = resultStart + i * width;
        for (let j = 0; j < count; j += 1) out[at + j]! += factor * packed[from + j]!;
      }
    }
  }
}

function pack(
  { data, offset, stride: width, count }: Rows,
  packed: Float64Array,
  stride: number,
  length: number,
): void {
  for (let row = 0; row < count; row += 1) {
    const start = offset + row * width;
    packed.set(data.subarray(start, start + length), row * stride);
    packed.fill(0, row * stride + length, (row + 1) * stride);
  }
}

/** Reads four rows of the source at a time, so that the written values are contiguous. */
function packTransposed(
  { data, offset, stride: width, count }: Rows,
  packed: Float64Array,
  stride: number,
  columns: number,
): void {
  for (let row = 0; row < count; row += 4) {
    const last = Math.min(count, row + 4);
    for (let column = 0; column < columns; column += 1) {
      for (let k = row; k < last; k += 1) packed[column * stride + k] = data[offset + k * width + column]!;
    }
  }
  for (let column = 0; column < columns; column += 1) packed.fill(0, column * stride + count, (column + 1) * stride);
}
