/** Integers of quantized tensors, read in pieces, and the float32 numbers that they stand for. */
import { DataType, type DataTypeCode } from '../../onnx/data-type';
import type { Tensor } from '../../onnx/graph';
import { expectedSizeBytes, storedSource, tensorBytes } from '../../onnx/tensor';

interface CodeType {
  readonly bits: number;
  readonly isSigned: boolean;
}

const codeTypes: ReadonlyMap<DataTypeCode, CodeType> = new Map([
  [DataType.uint8, { bits: 8, isSigned: false }],
  [DataType.int8, { bits: 8, isSigned: true }],
  [DataType.uint16, { bits: 16, isSigned: false }],
  [DataType.int16, { bits: 16, isSigned: true }],
  [DataType.int32, { bits: 32, isSigned: true }],
  [DataType.uint4, { bits: 4, isSigned: false }],
  [DataType.int4, { bits: 4, isSigned: true }],
  [DataType.uint2, { bits: 2, isSigned: false }],
  [DataType.int2, { bits: 2, isSigned: true }],
]);

/** True for tensors of the types that weights and activations are quantized to. */
export function holdsCodes({ dataType }: Pick<Tensor, 'dataType'>): boolean {
  return codeTypes.has(dataType ?? DataType.undefined);
}

/** The least and largest integer of such a type. */
export function codeRange(dataType: DataTypeCode): { readonly least: number; readonly most: number } {
  const { bits, isSigned } = codeTypes.get(dataType)!;
  return isSigned ? { least: -(2 ** (bits - 1)), most: 2 ** (bits - 1) - 1 } : { least: 0, most: 2 ** bits - 1 };
}

/** Elements `from` to before `to` of a tensor for which `holdsCodes` is true, in row-major order. */
export function readCodes(tensor: Tensor, from: number, to: number): Int32Array {
  const { bits, isSigned } = codeTypes.get(tensor.dataType!)!;
  const [firstByte, endByte] = [Math.floor((from * bits) / 8), Math.ceil((to * bits) / 8)];
  const source = storedSource(tensor);
  const isRaw = source !== undefined && source.sizeBytes === expectedSizeBytes(tensor);
  const bytes = isRaw ? source.read(firstByte, endByte) : tensorBytes(tensor).subarray(firstByte, endByte);
  const codes = new Int32Array(to - from);
  if (bits < 8) {
    const first = from - (firstByte * 8) / bits;
    for (let at = 0; at < codes.length; at += 1) codes[at] = packedCode(bytes, first + at, bits);
    if (isSigned) for (let at = 0; at < codes.length; at += 1) codes[at] = (codes[at]! << (32 - bits)) >> (32 - bits);
    return codes;
  }
  // One by one, since a piece of a file may begin at an odd address.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bits === 8) codes.set(isSigned ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes);
  else if (bits === 16) {
    for (let at = 0; at < codes.length; at += 1) {
      codes[at] = isSigned ? view.getInt16(2 * at, true) : view.getUint16(2 * at, true);
    }
  } else for (let at = 0; at < codes.length; at += 1) codes[at] = view.getInt32(4 * at, true);
  return codes;
}

/** The unsigned number at a place of a list that is packed low bits first. `bits` divides 8. */
export function packedCode(bytes: Uint8Array, place: number, bits: number): number {
  const bit = place * bits;
  return (bytes[bit >>> 3]! >>> (bit & 7)) & (2 ** bits - 1);
}

/** scale × (integer − zero point), rounded to float32 where a float32 computation rounds. */
export function dequantized(code: number, zeroPoint: number, scale: number): number {
  return Math.fround(Math.fround(code - zeroPoint) * scale);
}
