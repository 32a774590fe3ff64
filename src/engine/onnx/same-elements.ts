/** Compares the elements of tensors piece by piece, no further than the first difference. */
import type { ByteSource } from './byte-source';
import type { Tensor } from './graph';
import { expectedSizeBytes, storedSource, tensorBytes } from './tensor';

/** The first part distinguishes most weights, so the rest is read only if the first part is the same. */
const probeBytes = 4096;
const windowBytes = 4 * 1024 * 1024;

/**
 * Compares the elements of two tensors of the same type and shape, bit by bit: −0 is not 0, and a NaN is itself. Throws as
 * `tensorBytes` does.
 */
export function hasSameElements(a: Tensor, b: Tensor): boolean {
  if (a === b) return true;
  if (a.stringData !== undefined || b.stringData !== undefined) return hasSameTexts(a, b);
  const [left, right] = [storedSource(a), storedSource(b)];
  if (left === undefined || right === undefined) return isSame(tensorBytes(a), tensorBytes(b));
  if (left === right) return true;
  if (left.sizeBytes !== right.sizeBytes) return false;
  let start = 0;
  for (let end = probeBytes; start < left.sizeBytes; end += windowBytes) {
    if (!isSame(windowOf(left, start, end), windowOf(right, start, end))) return false;
    start = end;
  }
  return true;
}

/**
 * Type, shape and a checksum of the first bytes: different for most tensors that differ, equal for those that are the same.
 * Throws as `tensorBytes` does.
 */
export function fingerprintOf(tensor: Tensor): string {
  return `${tensor.dataType}[${tensor.dims.join()}]${checksum(firstBytes(tensor))}`;
}

function firstBytes(tensor: Tensor): Uint8Array {
  if (tensor.stringData !== undefined || expectedSizeBytes(tensor) === undefined) return new Uint8Array(0);
  const source = storedSource(tensor);
  return source ? windowOf(source, 0, probeBytes) : tensorBytes(tensor).subarray(0, probeBytes);
}

/** FNV-1a, 32 bit. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function hasSameTexts({ stringData: a = [] }: Tensor, { stringData: b = [] }: Tensor): boolean {
  return a.length === b.length && a.every((text, index) => isSame(text, b[index]!));
}

function windowOf(source: ByteSource, start: number, end: number): Uint8Array {
  return source.read(start, Math.min(end, source.sizeBytes));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  for (let index = 0; index < a.byteLength; index++) if (a[index] !== b[index]) return false;
  return true;
}
