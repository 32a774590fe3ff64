/**
 * Element types of GGUF tensors, and their values as float32. Quantized types store blocks of elements with float16 scales. The layouts and
 * formulas are those of ggml (ggml-common.h, `dequantize_row_…` in ggml-quants.c). Each value is computed in float64 and rounded once. That
 * gives ggml's float32 values, because its products of scales and integers are exact or rounded once too.
 */
import { asFloat32, asUint16 } from '../onnx/byte-views';
import { bfloat16ToFloat32, float16ToFloat32 } from '../onnx/half-float';

export interface GgufType {
  /** As ggml calls it: `Q4_K`. */
  readonly name: string;
  readonly blockElements: number;
  readonly blockBytes: number;
  /** Dequantizes whole blocks. The result may be a view of `bytes`: do not write to it. */
  read(bytes: Uint8Array): Float32Array;
}

/** Writes the elements of the block that starts at byte `at` to `output`, from `to` on. */
type WriteBlock = (bytes: Uint8Array, at: number, output: Float32Array, to: number) => void;

function blocks(name: string, blockElements: number, blockBytes: number, write: WriteBlock): GgufType {
  return {
    name,
    blockElements,
    blockBytes,
    read(bytes) {
      const count = Math.floor(bytes.byteLength / blockBytes);
      const output = new Float32Array(count * blockElements);
      for (let block = 0; block < count; block++) write(bytes, block * blockBytes, output, block * blockElements);
      return output;
    },
  };
}

/** Every float16 value by its bits. */
const halves = float16ToFloat32(Uint16Array.from({ length: 65_536 }, (_, bits) => bits));
/** The float16 at byte `at`. */
export const halfAt = (bytes: Uint8Array, at: number): number => halves[bytes[at]! | (bytes[at + 1]! << 8)]!;
const signed = (byte: number): number => (byte << 24) >> 24;

const q4Zero: WriteBlock = (bytes, at, output, to) => {
  const scale = halfAt(bytes, at);
  for (let index = 0; index < 16; index++) {
    const pair = bytes[at + 2 + index]!;
    output[to + index] = ((pair & 15) - 8) * scale;
    output[to + index + 16] = ((pair >>> 4) - 8) * scale;
  }
};

const q4One: WriteBlock = (bytes, at, output, to) => {
  const [scale, least] = [halfAt(bytes, at), halfAt(bytes, at + 2)];
  for (let index = 0; index < 16; index++) {
    const pair = bytes[at + 4 + index]!;
    output[to + index] = (pair & 15) * scale + least;
    output[to + index + 16] = (pair >>> 4) * scale + least;
  }
};

/** The fifth bits of 32 elements stand in four bytes from `at` on. */
const fifthBit = (bytes: Uint8Array, at: number, element: number): number =>
  ((bytes[at + (element >>> 3)]! >>> (element & 7)) & 1) << 4;

const q5Zero: WriteBlock = (bytes, at, output, to) => {
  const scale = halfAt(bytes, at);
  for (let index = 0; index < 16; index++) {
    const pair = bytes[at + 6 + index]!;
    output[to + index] = (((pair & 15) | fifthBit(bytes, at + 2, index)) - 16) * scale;
    output[to + index + 16] = (((pair >>> 4) | fifthBit(bytes, at + 2, index + 16)) - 16) * scale;
  }
};

const q5One: WriteBlock = (bytes, at, output, to) => {
  const [scale, least] = [halfAt(bytes, at), halfAt(bytes, at + 2)];
  for (let index = 0; index < 16; index++) {
    const pair = bytes[at + 8 + index]!;
    output[to + index] = ((pair & 15) | fifthBit(bytes, at + 4, index)) * scale + least;
    output[to + index + 16] = ((pair >>> 4) | fifthBit(bytes, at + 4, index + 16)) * scale + least;
  }
};

const q8Zero: WriteBlock = (bytes, at, output, to) => {
  const scale = halfAt(bytes, at);
  for (let index = 0; index < 32; index++) output[to + index] = signed(bytes[at + 2 + index]!) * scale;
};

/** Eight scales and eight minimums of 6 bits in twelve bytes (`get_scale_min_k4`). */
function sixBits(bytes: Uint8Array, at: number, part: number): readonly [scale: number, least: number] {
  if (part < 4) return [bytes[at + part]! & 63, bytes[at + part + 4]! & 63];
  const [low, high, upper] = [bytes[at + part + 4]!, bytes[at + part - 4]!, bytes[at + part]!];
  return [(low & 15) | ((high >>> 6) << 4), (low >>> 4) | ((upper >>> 6) << 4)];
}

/**
 * Writes eight parts of 32 elements, each `step · bits − offset`. The lower four bits of the elements start `lowAt` bytes after the start of
 * the block. `fifthOf` returns 16 for an element whose fifth bit is set.
 */
const partsWith =
  (lowAt: number, fifthOf: (bytes: Uint8Array, at: number, part: number, index: number) => number): WriteBlock =>
  (bytes, at, output, to) => {
    const [scale, least] = [halfAt(bytes, at), halfAt(bytes, at + 2)];
    for (let part = 0; part < 8; part++) {
      const [partScale, partLeast] = sixBits(bytes, at + 4, part);
      const [step, offset] = [scale * partScale, least * partLeast];
      const [from, shift] = [at + lowAt + 32 * (part >>> 1), 4 * (part & 1)];
      for (let index = 0; index < 32; index++) {
        const bits = ((bytes[from + index]! >>> shift) & 15) | fifthOf(bytes, at, part, index);
        output[to + 32 * part + index] = step * bits - offset;
      }
    }
  };

const q4K = partsWith(16, () => 0);
const q5K = partsWith(48, (bytes, at, part, index) => ((bytes[at + 16 + index]! >>> part) & 1) << 4);

const q6K: WriteBlock = (bytes, at, output, to) => {
  const scale = halfAt(bytes, at + 208);
  for (let element = 0; element < 256; element++) {
    // Halves of 128 elements have four quarters of 32. Two quarters share the bytes of their lower four bits.
    const [side, quarter, index] = [element >>> 7, (element >>> 5) & 3, element & 31];
    const low = bytes[at + 64 * side + 32 * (quarter & 1) + index]! >>> (4 * (quarter >>> 1));
    const high = bytes[at + 128 + 32 * side + index]! >>> (2 * quarter);
    const step = scale * signed(bytes[at + 192 + (element >>> 4)]!);
    output[to + element] = step * (((low & 15) | ((high & 3) << 4)) - 32);
  }
};

const types = new Map<number, GgufType>([
  [0, { name: 'F32', blockElements: 1, blockBytes: 4, read: asFloat32 }],
  [1, { name: 'F16', blockElements: 1, blockBytes: 2, read: (bytes) => float16ToFloat32(asUint16(bytes)) }],
  [2, blocks('Q4_0', 32, 18, q4Zero)],
  [3, blocks('Q4_1', 32, 20, q4One)],
  [6, blocks('Q5_0', 32, 22, q5Zero)],
  [7, blocks('Q5_1', 32, 24, q5One)],
  [8, blocks('Q8_0', 32, 34, q8Zero)],
  [12, blocks('Q4_K', 256, 144, q4K)],
  [13, blocks('Q5_K', 256, 176, q5K)],
  [14, blocks('Q6_K', 256, 210, q6K)],
  [30, { name: 'BF16', blockElements: 1, blockBytes: 2, read: (bytes) => bfloat16ToFloat32(asUint16(bytes)) }],
]);

/** Types that are not read, for messages. */
const otherNames = new Map<number, string>([
  [9, 'Q8_1'],
  [10, 'Q2_K'],
  [11, 'Q3_K'],
  [15, 'Q8_K'],
  [16, 'IQ2_XXS'],
  [17, 'IQ2_XS'],
  [18, 'IQ3_XXS'],
  [19, 'IQ1_S'],
  [20, 'IQ4_NL'],
  [21, 'IQ3_S'],
  [22, 'IQ2_S'],
  [23, 'IQ4_XS'],
  [29, 'IQ1_M'],
  [34, 'TQ1_0'],
  [35, 'TQ2_0'],
  [39, 'MXFP4'],
]);

/** Returns the type of a code of ggml.h; `undefined` for a type that is not read. */
export function ggufType(code: number): GgufType | undefined {
  return types.get(code);
}

/** The name of a type for people, also of one that is not read. */
export function ggufTypeName(code: number): string {
  return types.get(code)?.name ?? otherNames.get(code) ?? `type ${code}`;
}

/** Names of all types that are read. */
export const ggufTypeNames: readonly string[] = [...types.values()].map(({ name }) => name);
