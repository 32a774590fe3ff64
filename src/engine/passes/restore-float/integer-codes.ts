/** Integers of quantized tensors, read in pieces, and their float32 numbers. */
import { bitsPerElement, DataType, type DataTypeCode } from '../../onnx/data-type';
import type { Tensor } from '../../onnx/graph';
import { elementCount, expectedSizeBytes, storedSource, tensorBytes } from '../../onnx/tensor';

/** The types of codes; true for signed ones. */
const signs: ReadonlyMap<DataTypeCode, boolean> = new Map([
  [DataType.uint8, false],
  [DataType.int8, true],
  [DataType.uint16, false],
  [DataType.int16, true],
  [DataType.int32, true],
  [DataType.uint4, false],
  [DataType.int4, true],
  [DataType.uint2, false],
  [DataType.int2, true],
]);

/** True for tensors of the types that weights and activations are quantized to. */
export function holdsCodes({ dataType }: Pick<Tensor, 'dataType'>): boolean {
  return signs.has(dataType ?? DataType.undefined);
}

/** The least and largest integer of such a type. */
export function codeRange(dataType: DataTypeCode): { readonly least: number; readonly most: number } {
  const bits = bitsPerElement(dataType)!;
  return signs.get(dataType)
    ? { least: -(2 ** (bits - 1)), most: 2 ** (bits - 1) - 1 }
    : { least: 0, most: 2 ** bits - 1 };
}

/** All elements of a tensor for which `holdsCodes` is true. */
export function readCodes(tensor: Tensor): Int32Array {
  return codeReader(tensor)(0, elementCount(tensor));
}

/** Reads elements `from` to before `to` of a tensor for which `holdsCodes` is true, in row-major order. */
export function codeReader(tensor: Tensor): (from: number, to: number) => Int32Array {
  const bits = bitsPerElement(tensor.dataType!)!;
  const isSigned = signs.get(tensor.dataType!)!;
  const source = storedSource(tensor);
  const isRaw = source !== undefined && source.sizeBytes === expectedSizeBytes(tensor);
  let converted: Uint8Array | undefined;
  return (from, to) => {
    const firstByte = Math.floor((from * bits) / 8);
    const endByte = Math.ceil((to * bits) / 8);
    const bytes = isRaw
      ? source.read(firstByte, endByte)
      : (converted ??= tensorBytes(tensor)).subarray(firstByte, endByte);
    const codes = new Int32Array(to - from);
    if (bits < 8) unpack(bytes, { first: from - (firstByte * 8) / bits, bits, isSigned }, codes);
    else convert(bytes, { bits, isSigned }, codes);
    return codes;
  };
}

interface PackedForm {
  /** The place of the first element in the bytes. */
  readonly first: number;
  readonly bits: number;
  readonly isSigned: boolean;
}

function unpack(bytes: Uint8Array, { first, bits, isSigned }: PackedForm, codes: Int32Array): void {
  const shift = isSigned ? 32 - bits : 0;
  for (let at = 0; at < codes.length; at += 1) codes[at] = (packedCode(bytes, first + at, bits) << shift) >> shift;
}

function convert(bytes: Uint8Array, { bits, isSigned }: Omit<PackedForm, 'first'>, codes: Int32Array): void {
  if (bits === 8) {
    codes.set(isSigned ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes);
    return;
  }
  // One by one, since a piece of a file may begin at an odd address.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < codes.length; at += 1) {
    if (bits === 32) codes[at] = view.getInt32(4 * at, true);
    else codes[at] = isSigned ? view.getInt16(2 * at, true) : view.getUint16(2 * at, true);
  }
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
