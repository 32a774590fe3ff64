/** Reads the arrays of the sample data, independently of the application. */
import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';

export interface NpzArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array | BigInt64Array;
}

/** Arrays of bytes and of int64 alone: the samples have no others. */
export function readNpz(file: string): Record<string, NpzArray> {
  const entries = Object.entries(unzipSync(readFileSync(file)));
  return Object.fromEntries(entries.map(([name, bytes]) => [name.replace(/\.npy$/, ''), readNpy(bytes)]));
}

function readNpy(bytes: Uint8Array): NpzArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 10 + view.getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(10, start));
  const shape = (/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? '').split(',');
  const sizes = shape.filter((size) => size.trim() !== '').map(Number);
  const content = bytes.slice(start);
  if (header.includes("'|u1'")) return { shape: sizes, values: content };
  if (header.includes("'<i8'")) return { shape: sizes, values: new BigInt64Array(content.buffer) };
  throw new Error(`This array is neither of bytes nor of int64: ${header}`);
}
