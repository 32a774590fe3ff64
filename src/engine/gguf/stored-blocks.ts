/**
 * Weights of a GGUF file in the form of MatMulNBits and GatherBlockQuantized, with the values that the file has. Q8_0 and Q4_0 are codes
 * minus the middle of their range times a float16 scale. Q4_1 has a least value instead, which becomes a zero point of float32.
 */
import { bytesOf } from '../onnx/byte-views';
import { ComputedSource, type ByteSource } from '../onnx/byte-source';
import { readExactly } from '../onnx/codec/byte-cursor';
import type { GgufTensor } from './read-gguf';
import { halfAt } from './tensor-types';
import type { RowOf } from './weight-sources';

/** Elements of a block, which follow each other in a row. */
export const storedBlockSize = 32;

export interface StoredBlocks {
  readonly bits: 4 | 8;
  /** uint8 [rows, blocks, bytes of a block], computed when they are read. */
  readonly codes: ByteSource;
  /** float32 [rows, blocks] */
  readonly scales: ByteSource;
  /** float32 [rows, blocks]. Absent: the middle of the codes. */
  readonly zeroPoints?: ByteSource;
}

/** Writes one block of the file, which starts at byte `at`, to its place in `output`. */
type WriteBlock<Output> = (stored: Uint8Array, at: number, output: Output, to: number) => void;

interface BlockForm {
  readonly bits: 4 | 8;
  readonly codes: WriteBlock<Uint8Array>;
  readonly scale: WriteBlock<Float32Array>;
  readonly zeroPoint?: WriteBlock<Float32Array>;
}

/** The file pairs the elements i and i + 16 in a byte, the operators 2 i and 2 i + 1. */
function writeNibbles(stored: Uint8Array, from: number, output: Uint8Array, to: number): void {
  for (let index = 0; index < 8; index++) {
    const [first, second] = [stored[from + 2 * index]!, stored[from + 2 * index + 1]!];
    output[to + index] = (first & 15) | ((second & 15) << 4);
    output[to + index + 8] = (first >>> 4) | (second & 0xf0);
  }
}

const writeScale: WriteBlock<Float32Array> = (stored, at, output, to) => {
  output[to] = halfAt(stored, at);
};

/** A block of equal values has the scale 0: its least value becomes the scale, and each of its codes 1 above the zero point. */
const isConstant = (stored: Uint8Array, at: number): boolean => halfAt(stored, at) === 0;

const forms: ReadonlyMap<string, BlockForm> = new Map<string, BlockForm>([
  [
    'Q8_0',
    {
      bits: 8,
      codes(stored, at, output, to) {
        for (let index = 0; index < storedBlockSize; index++) output[to + index] = stored[at + 2 + index]! ^ 0x80;
      },
      scale: writeScale,
    },
  ],
  ['Q4_0', { bits: 4, codes: (stored, at, output, to) => writeNibbles(stored, at + 2, output, to), scale: writeScale }],
  [
    'Q4_1',
    {
      bits: 4,
      codes(stored, at, output, to) {
        if (isConstant(stored, at)) output.fill(0, to, to + storedBlockSize / 2);
        else writeNibbles(stored, at + 4, output, to);
      },
      scale: (stored, at, output, to) => {
        output[to] = halfAt(stored, isConstant(stored, at) ? at + 2 : at);
      },
      zeroPoint: (stored, at, output, to) => {
        output[to] = isConstant(stored, at) ? -1 : -halfAt(stored, at + 2) / halfAt(stored, at);
      },
    },
  ],
]);

/** True for types whose blocks stay as they are. */
export function hasStoredForm(typeName: string): boolean {
  return forms.has(typeName);
}

/**
 * The blocks of a matrix [rows, columns] of the file; `undefined` if its type has other blocks.
 *
 * @param rowOf the row of the file of each row. Absent: the same one.
 */
export function storedBlocks({ type, dims, source }: GgufTensor, rowOf?: RowOf): StoredBlocks | undefined {
  const form = forms.get(type.name);
  const [rows = 1, columns] = dims;
  if (form === undefined || columns === undefined || dims.length !== 2) return undefined;
  const perRow = columns / storedBlockSize;
  const rowBytes = perRow * type.blockBytes;
  /** Whole rows of the file, in their order in the model. */
  const readRows = (first: number, end: number): Uint8Array => {
    if (rowOf === undefined) return readExactly(source, first * rowBytes, end * rowBytes);
    const stored = new Uint8Array((end - first) * rowBytes);
    for (let row = first; row < end; row++) {
      const from = rowOf(row) * rowBytes;
      stored.set(readExactly(source, from, from + rowBytes), (row - first) * rowBytes);
    }
    return stored;
  };
  const computed = <Output extends Uint8Array | Float32Array>(
    write: WriteBlock<Output>,
    perBlock: number,
    create: (length: number) => Output,
  ): ByteSource => {
    const outputRowBytes = perRow * perBlock * create(0).BYTES_PER_ELEMENT;
    return new ComputedSource(
      (start, end) => {
        const [first, last] = [Math.floor(start / outputRowBytes), Math.ceil(end / outputRowBytes)];
        const stored = readRows(first, last);
        const output = create((last - first) * perRow * perBlock);
        for (let block = 0; block < (last - first) * perRow; block++) {
          write(stored, block * type.blockBytes, output, block * perBlock);
        }
        return bytesOf(output).subarray(start - first * outputRowBytes, end - first * outputRowBytes);
      },
      0,
      rows * outputRowBytes,
    );
  };
  const floats = (length: number) => new Float32Array(length);
  return {
    bits: form.bits,
    codes: computed(form.codes, (storedBlockSize * form.bits) / 8, (length) => new Uint8Array(length)),
    scales: computed(form.scale, 1, floats),
    ...(form.zeroPoint && { zeroPoints: computed(form.zeroPoint, 1, floats) }),
  };
}
