import { crc32 } from 'node:zlib';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { storedZip, type ZipEntry } from './stored-zip';

function archiveOf(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const contents = Object.entries(files);
  const entries = contents.map(([name, bytes]) => ({ name, sizeBytes: bytes.length, crc32: crc32(bytes) }));
  const { headers, directory } = storedZip(entries);
  return Buffer.concat([...contents.flatMap(([, bytes], index) => [headers[index]!, bytes]), directory]);
}

/** Offset of the first place where these 32 bits stand. */
function find(bytes: Uint8Array, signature: number): number {
  const needle = Buffer.alloc(4);
  needle.writeUInt32LE(signature);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(needle);
}

describe('storedZip', () => {
  it('is read by another implementation, byte for byte', () => {
    const files = {
      'netz_größer.onnx': Uint8Array.from({ length: 5000 }, (_, index) => index * 7),
      'netz_größer.onnx.data': new Uint8Array(0),
      'notes/a.txt': new TextEncoder().encode('a'),
    };
    const read = unzipSync(archiveOf(files));
    expect(Object.keys(read)).toEqual(Object.keys(files));
    for (const [name, bytes] of Object.entries(files)) expect(Buffer.compare(read[name]!, bytes)).toBe(0);
  });

  it('is the same for the same files', () => {
    const file = { 'a.onnx': new Uint8Array([1, 2, 3]) };
    expect(archiveOf(file)).toEqual(archiveOf(file));
  });

  it('writes sizes and offsets over 4 GB as Zip64, and only those', () => {
    const entries: ZipEntry[] = [
      { name: 'large.data', sizeBytes: 5e9, crc32: 1 },
      { name: 'model', sizeBytes: 10, crc32: 2 },
    ];
    const { headers, directory } = storedZip(entries);
    const [large, small] = headers.map((header) => new DataView(header.buffer));
    expect(large!.getUint32(18, true)).toBe(0xffffffff);
    expect(large!.getBigUint64(30 + 'large.data'.length + 4, true)).toBe(5_000_000_000n);
    expect(small!.getUint32(18, true)).toBe(10);
    expect(small!.byteLength).toBe(30 + 'model'.length);
    const view = new DataView(directory.buffer);
    // The record of the second: its size fits, its offset does not.
    const second = 46 + 'large.data'.length + 20;
    expect(view.getUint32(second + 24, true)).toBe(10);
    expect(view.getUint32(second + 42, true)).toBe(0xffffffff);
    const offsetOfSecond = BigInt(headers[0]!.length) + 5_000_000_000n;
    expect(view.getBigUint64(second + 46 + 'model'.length + 4, true)).toBe(offsetOfSecond);
    // The end: a Zip64 record, where it is, and the old record that points there.
    const end = offsetOfSecond + BigInt(headers[1]!.length + 10);
    const zip64End = find(directory, 0x06064b50);
    expect(view.getBigUint64(zip64End + 48, true)).toBe(end);
    expect(view.getBigUint64(find(directory, 0x07064b50) + 8, true)).toBe(end + BigInt(zip64End));
    expect(view.getUint32(find(directory, 0x06054b50) + 16, true)).toBe(0xffffffff);
  });
});
