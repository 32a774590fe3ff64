/** Reads the arrays of the sample data, independently of the application. */
import { readFileSync } from 'node:fs';
import { unzipSync, zipSync } from 'fflate';

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

/** An archive of arrays, by their names. `descr`: the type as NumPy writes it. */
export function encodeNpz(
  arrays: Readonly<
    Record<string, { readonly descr: string; readonly shape: readonly number[]; readonly values: ArrayBufferView }>
  >,
): Uint8Array {
  return zipSync(
    Object.fromEntries(
      Object.entries(arrays).map(([name, { descr, shape, values }]) => {
        const sizes = shape.map((size) => `${size},`).join(' ');
        const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
        const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
        const start = [0x93, ...Buffer.from('NUMPY'), 1, 0, header.length & 0xff, header.length >> 8];
        const content = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
        return [`${name}.npy`, Buffer.concat([Buffer.from(start), Buffer.from(header), content])];
      }),
    ),
  );
}
