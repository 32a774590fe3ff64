/** Weights of a GGUF file as float32 bytes, which are computed when they are read. */
import { bytesOf } from '../onnx/byte-views';
import { ComputedSource, type ByteSource } from '../onnx/byte-source';
import { readExactly } from '../onnx/codec/byte-cursor';
import type { GgufTensor } from './read-gguf';
import { productOf } from '../product-of';

const floatBytes = 4;
/** Rows that are transposed together, so that reads and writes stay in the cache of the processor. */
const tileRows = 16;
/** Transposed columns that are computed together have about so many bytes: the first bytes of a matrix are soon known. */
const groupBytes = 1 << 21;

/** The elements in the order of the file. A window of them costs the dequantization of its blocks. */
export function storedOrder({ type, dims, source }: GgufTensor): ByteSource {
  if (type.name === 'F32') return source;
  const elements = productOf(dims);
  const unit = floatBytes * type.blockElements;
  return new ComputedSource(
    (start, end) => {
      const [first, last] = [Math.floor(start / unit), Math.ceil(end / unit)];
      const stored = readExactly(source, first * type.blockBytes, last * type.blockBytes);
      return bytesOf(type.read(stored)).subarray(start - first * unit, end - first * unit);
    },
    0,
    elements * floatBytes,
  );
}

/** The row of the file that becomes a column. */
export type RowOf = (column: number) => number;

interface Matrix {
  readonly tensor: GgufTensor;
  readonly rowOf: RowOf;
}

/**
 * Makes sources of transposed matrices. The stored bytes of the matrix that was read last stay in memory, with a few of its columns: one
 * matrix at a time, and never all of its values.
 */
export class TransposedWeights {
  #last: { readonly matrix: Matrix; readonly stored: Uint8Array; group?: number; bytes?: Uint8Array } | undefined;

  /**
   * A matrix [rows, columns] of the file as [columns, rows].
   *
   * @param rowOf the row of the file that becomes a column. Absent: the same one.
   */
  source(tensor: GgufTensor, rowOf: RowOf = (column) => column): ByteSource {
    const matrix = { tensor, rowOf };
    const [rows = 1, columns = 1] = tensor.dims;
    const unit = groupColumns(tensor) * rows * floatBytes;
    const compute = (start: number, end: number): Uint8Array => {
      const window = new Uint8Array(Math.max(0, end - start));
      for (let group = Math.floor(start / unit); group * unit < end; group++) {
        const from = group * unit;
        const part = this.#groupOf(matrix, group).subarray(Math.max(0, start - from), end - from);
        window.set(part, Math.max(0, from - start));
      }
      return window;
    };
    return new ComputedSource(compute, 0, columns * rows * floatBytes);
  }

  /** Columns of a matrix that are computed together. */
  #groupOf(matrix: Matrix, group: number): Uint8Array {
    const { tensor } = matrix;
    if (this.#last?.matrix !== matrix) {
      // The memory of the matrix before is free while this one is read.
      this.#last = undefined;
      this.#last = { matrix, stored: readExactly(tensor.source, 0, tensor.source.sizeBytes) };
    }
    const last = this.#last;
    if (last.group !== group || last.bytes === undefined) {
      last.bytes = bytesOf(transposed(matrix, last.stored, group));
      last.group = group;
    }
    return last.bytes;
  }
}

/** A multiple of the elements of a block, whose values are computed together. */
function groupColumns({ type, dims }: GgufTensor): number {
  const [rows = 1, columns = 1] = dims;
  const blocks = Math.floor(groupBytes / (rows * type.blockElements * floatBytes));
  return Math.min(columns, type.blockElements * Math.max(1, blocks));
}

/** A group of columns of the file as rows. */
function transposed({ tensor, rowOf }: Matrix, stored: Uint8Array, group: number): Float32Array {
  const { type, dims } = tensor;
  const [rows = 1, columns] = dims;
  const together = groupColumns(tensor);
  const [first, end] = [group * together, Math.min(columns ?? 1, (group + 1) * together)];
  const output = new Float32Array(rows * (end - first));
  if (columns === undefined) {
    const values = type.read(stored);
    for (let row = 0; row < rows; row++) output[row] = values[rowOf(row)]!;
    return output;
  }
  const byteOf = (element: number): number => (element / type.blockElements) * type.blockBytes;
  for (let tile = 0; tile < rows; tile += tileRows) {
    const last = Math.min(rows, tile + tileRows);
    const values = Array.from({ length: last - tile }, (_, place) => {
      const start = rowOf(tile + place) * columns;
      return type.read(stored.subarray(byteOf(start + first), byteOf(start + end)));
    });
    for (let column = 0; column < end - first; column++) {
      for (let row = tile; row < last; row++) output[column * rows + row] = values[row - tile]![column]!;
    }
  }
  return output;
}
