import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32, Crc32 } from './crc32';

function crcOf(...windows: readonly Uint8Array[]): number {
  const crc = new Crc32();
  for (const window of windows) crc.update(window);
  return crc.value;
}

it('is the checksum that everybody uses', () => {
  expect(crcOf(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  expect(crcOf()).toBe(0);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(crc32(bytes)).toBe(zlibCrc32(bytes));
      expect(crcOf(bytes)).toBe(zlibCrc32(bytes));
    }),
  );
});

it('does not depend on how the bytes arrive', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(60), (bytes, cut) => {
      expect(crcOf(bytes.subarray(0, cut), bytes.subarray(cut))).toBe(crcOf(bytes));
    }),
  );
});
