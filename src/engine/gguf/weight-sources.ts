/** Weights of a GGUF file as float32 bytes, which are computed when they are read. */
import { bytesOf } from '../onnx/byte-views';
import { ComputedSource, type ByteSource } from '../onnx/byte-source';
import { readExactly } from '../onnx/codec/byte-cursor';
import type { GgufTensor } from './read-gguf';
import { productOf } from '../product-of';

const floatBytes = 4;
/** Rows that are transposed together, so that reads and writes stay in the cache of the processor. */
const tileRows = 16;

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

/** Makes sources of transposed matrices. The last matrix that was read stays in memory: one at a time. */
export class TransposedWeights {
  #last: { readonly compute: () => Float32Array; readonly bytes: Uint8Array } | undefined;

  /**
   * A matrix [rows, columns] of the file as [columns, rows].
   *
   * @param rowOf the row of the file that becomes a column. Absent: the same one.
   */
  source(tensor: GgufTensor, rowOf?: (column: number) => number): ByteSource {
    const [rows = 1, columns = 1] = tensor.dims;
    const compute = (): Float32Array => transposed(tensor, rowOf);
    const whole = (): Uint8Array => {
      if (this.#last?.compute !== compute) {
        // The memory of the matrix before is free while this one is computed.
        this.#last = undefined;
        this.#last = { compute, bytes: bytesOf(compute()) };
      }
      return this.#last.bytes;
    };
    return new ComputedSource((start, end) => whole().subarray(start, end), 0, rows * columns * floatBytes);
  }
}

function transposed({ type, dims, source }: GgufTensor, rowOf = (column: number) => column): Float32Array {
  const [rows = 1, columns = 1] = dims;
  const values = type.read(readExactly(source, 0, source.sizeBytes));
  const output = new Float32Array(rows * columns);
  for (let tile = 0; tile < rows; tile += tileRows) {
    const end = Math.min(rows, tile + tileRows);
    const starts = Array.from({ length: end - tile }, (_, place) => rowOf(tile + place) * columns);
    for (let column = 0; column < columns; column++) {
      for (let row = tile; row < end; row++) {
        output[column * rows + row] = values[starts[row - tile]! + column]!;
      }
    }
  }
  return output;
}
