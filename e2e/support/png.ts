/** Gray pictures as PNG files: signature, header, one deflated block of unfiltered rows. */
import { zlibSync } from 'fflate';

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** The CRC of every byte, as the PNG specification defines it. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 255] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const named = new Uint8Array([...new TextEncoder().encode(type), ...content]);
  const result = new Uint8Array(named.length + 8);
  const view = new DataView(result.buffer);
  view.setUint32(0, content.length);
  result.set(named, 4);
  view.setUint32(named.length + 4, crcOf(named));
  return result;
}

/** `pixels`: rows from the top, one byte each. */
export function encodeGrayPng(width: number, height: number, pixels: Uint8Array): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  // 8 bits, gray, deflate, no filter method but the usual, not interlaced.
  header.set([8, 0, 0, 0, 0], 8);
  const rows = new Uint8Array((width + 1) * height);
  for (let row = 0; row < height; row += 1) {
    rows.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  }
  const chunks = [chunk('IHDR', header), chunk('IDAT', zlibSync(rows)), chunk('IEND', new Uint8Array())];
  return new Uint8Array([...signature, ...chunks.flatMap((part) => [...part])]);
}
