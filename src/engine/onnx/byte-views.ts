/**
 * Bytes as typed arrays and the other way round, without copying where memory allows it. The results may share memory
 * with the given bytes: do not write to them.
 */

/** The bytes of a typed array. */
export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Reads little-endian elements of 2 bytes; the number of bytes must be even. */
export function asUint16(bytes: Uint8Array): Uint16Array {
  const { buffer, byteOffset, byteLength } = aligned(bytes, 2);
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

/** Reads little-endian float32; the number of bytes must be a multiple of 4. */
export function asFloat32(bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset, byteLength } = aligned(bytes, 4);
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}

/** Reads little-endian float64; the number of bytes must be a multiple of 8. */
export function asFloat64(bytes: Uint8Array): Float64Array {
  const { buffer, byteOffset, byteLength } = aligned(bytes, 8);
  return new Float64Array(buffer, byteOffset, byteLength / 8);
}

/** The bytes, or a copy of them if they start at an address at which no typed array of that element width can start. */
function aligned(bytes: Uint8Array, width: number): Uint8Array {
  // The constructor is used because `slice` of Node's Buffer copies nothing.
  return bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
}
