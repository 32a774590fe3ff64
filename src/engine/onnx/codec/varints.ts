/** Packed varints ⇄ typed arrays, in tight loops: onnx-proto would make an object of every element. */
import { ParetoError } from '../../errors';

function damaged(): ParetoError {
  return new ParetoError(
    'format/damaged',
    'A list of numbers in a tensor ends in the middle of a number. The file is damaged.',
  );
}

/** Counts the varints in the bytes. Throws when the last one does not end. */
function countVarints(bytes: Uint8Array): number {
  let count = 0;
  for (let index = 0; index < bytes.length; index++) if (bytes[index]! < 0x80) count++;
  if (bytes.length > 0 && bytes[bytes.length - 1]! >= 0x80) throw damaged();
  return count;
}

/** Packed varints as 32-bit (the low half, as protobuf defines int32) or 64-bit little-endian elements. */
export function decodeVarints(bytes: Uint8Array, wide: boolean): Uint8Array<ArrayBuffer> {
  const count = countVarints(bytes);
  const words = new Uint32Array(wide ? count * 2 : count);
  const stride = wide ? 2 : 1;
  let at = 0;
  for (let word = 0; word < words.length; word += stride) {
    let low = 0;
    let high = 0;
    let shift = 0;
    for (;;) {
      const byte = bytes[at++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 64) high |= bits << (shift - 32);
      else throw damaged();
      if (byte < 0x80) break;
      shift += 7;
    }
    words[word] = low;
    if (wide) words[word + 1] = high;
  }
  return new Uint8Array(words.buffer);
}

/** The elements of an int32, int64 or uint64 list as packed varints. */
export function encodeVarints(values: Int32Array | BigInt64Array | BigUint64Array): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.byteLength / 4);
  const wide = !(values instanceof Int32Array);
  const stride = wide ? 2 : 1;
  const highOf = (word: number): number => (wide ? words[word + 1]! : words[word]! >>> 31 ? 0xffffffff : 0);
  let sizeBytes = 0;
  for (let word = 0; word < words.length; word += stride) sizeBytes += varintSize(words[word]!, highOf(word));
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (let word = 0; word < words.length; word += stride) {
    let low = words[word]!;
    let high = highOf(word);
    while (high !== 0 || low > 0x7f) {
      bytes[at++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    bytes[at++] = low;
  }
  return bytes;
}

function varintSize(low: number, high: number): number {
  if (high !== 0) return high > 0x7fffffff ? 10 : Math.ceil((64 - Math.clz32(high)) / 7);
  return low === 0 ? 1 : Math.ceil((32 - Math.clz32(low)) / 7);
}
