import type { Picture } from '../dataset';
import { checkPictureSize, damagedPicture, truncatedPicture } from './picture-errors';

const maximumCodes = 4096;
const maximumCodeBits = 12;

/**
 * Unpacks `count` color numbers from the LZW codes of a GIF (GIF89a specification, appendix F). `data` is the content of
 * the sub-blocks, one after the other. Throws `data/picture-damaged` and `data/picture-truncated`.
 */
function unpackGifCodes(data: Uint8Array, rootBits: number, count: number): Uint8Array {
  if (rootBits < 1 || rootBits > 8) throw damagedPicture('GIF', `its codes begin with ${rootBits} bits`);
  // A code takes at least two bits and stands for at most 4,096 pixels: a few bytes cannot claim any size.
  if (data.length * 4 * maximumCodes < count) throw truncatedPicture('GIF');
  const table = new CodeTable(rootBits);
  const pixels = new Uint8Array(count);
  let written = 0;
  let buffer = 0;
  let bits = 0;
  for (let offset = 0; written < count;) {
    while (bits < table.codeBits) {
      if (offset === data.length) throw truncatedPicture('GIF');
      buffer |= data[offset++]! << bits;
      bits += 8;
    }
    const code = buffer & ((1 << table.codeBits) - 1);
    buffer >>= table.codeBits;
    bits -= table.codeBits;
    if (code === table.clear) table.reset();
    else if (code === table.clear + 1) throw truncatedPicture('GIF');
    else written += table.write(code, pixels, written);
  }
  return pixels;
}

/** Each code is the string of another one and one more color number. */
class CodeTable {
  readonly clear: number;
  codeBits = 0;
  #next = 0;
  #previous = -1;
  readonly #prefixes = new Uint16Array(maximumCodes);
  readonly #lasts = new Uint8Array(maximumCodes);
  readonly #firsts = new Uint8Array(maximumCodes);
  readonly #lengths = new Uint16Array(maximumCodes);

  constructor(private readonly rootBits: number) {
    this.clear = 1 << rootBits;
    for (let code = 0; code < this.clear; code++) {
      this.#lasts[code] = this.#firsts[code] = code;
      this.#lengths[code] = 1;
    }
    this.reset();
  }

  reset(): void {
    this.codeBits = this.rootBits + 1;
    this.#next = this.clear + 2;
    this.#previous = -1;
  }

  /** Writes the string of `code`, as far as it fits, and returns its length. */
  write(code: number, pixels: Uint8Array, start: number): number {
    if (code > this.#next || (code === this.#next && this.#previous === -1)) {
      throw damagedPicture('GIF', 'its pixels cannot be decompressed');
    }
    if (this.#previous !== -1 && this.#next < maximumCodes) {
      this.#add(this.#previous, this.#firsts[code === this.#next ? this.#previous : code]!);
    } else if (code === this.#next) {
      throw damagedPicture('GIF', 'its pixels cannot be decompressed');
    }
    this.#previous = code;
    const length = this.#lengths[code]!;
    for (let target = start + length - 1, rest = code; target >= start; target--, rest = this.#prefixes[rest]!) {
      pixels[target] = this.#lasts[rest]!;
    }
    return length;
  }

  #add(prefix: number, last: number): void {
    const code = this.#next++;
    this.#prefixes[code] = prefix;
    this.#lasts[code] = last;
    this.#firsts[code] = this.#firsts[prefix]!;
    this.#lengths[code] = this.#lengths[prefix]! + 1;
    if (this.#next === 1 << this.codeBits && this.codeBits < maximumCodeBits) this.codeBits += 1;
  }
}

const blocks = { extension: 0x21, image: 0x2c, end: 0x3b } as const;
const graphicControl = 0xf9;

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly colors: Uint8Array | null;
  readonly interlaced: boolean;
  readonly rootBits: number;
  readonly data: Uint8Array;
}

/**
 * Decodes the first frame of a GIF, with the values of Pillow. The canvas grows to hold the frame. Outside of the frame
 * is the transparent color, or else color 0. Colors that the palette lacks are black, and without any palette the
 * numbers are grays. The result is RGB, or RGBA if a color is transparent. Throws `data/picture-…`.
 */
export function decodeGif(bytes: Uint8Array): Picture {
  const reader = new GifReader(bytes);
  const canvas = { width: reader.uint16At(6), height: reader.uint16At(8) };
  const globalColors = reader.readColors(reader.byteAt(10), 13);
  let transparent: number | null = null;
  for (;;) {
    const block = reader.next();
    if (block === blocks.image) {
      const frame = readFrame(reader);
      return paint(frame, canvas, frame.colors ?? globalColors, transparent);
    }
    if (block === blocks.end) throw damagedPicture('GIF', 'it contains no image');
    if (block !== blocks.extension) throw damagedPicture('GIF', `it has an unknown block ${block}`);
    const label = reader.next();
    const content = reader.readSubBlocks();
    if (label === graphicControl && content.length >= 4) transparent = content[0]! & 1 ? content[3]! : null;
  }
}

function readFrame(reader: GifReader): Frame {
  const [left, top, width, height] = [
    reader.nextUint16(),
    reader.nextUint16(),
    reader.nextUint16(),
    reader.nextUint16(),
  ];
  checkPictureSize('GIF', left! + width!, top! + height!);
  checkPictureSize('GIF', width!, height!);
  const flags = reader.next();
  const colors = reader.readColors(flags, reader.offset);
  const rootBits = reader.next();
  const interlaced = (flags & 0x40) !== 0;
  return {
    left: left!,
    top: top!,
    width: width!,
    height: height!,
    colors,
    interlaced,
    rootBits,
    data: reader.readSubBlocks(),
  };
}

function paint(
  frame: Frame,
  canvas: { readonly width: number; readonly height: number },
  palette: Uint8Array | null,
  transparent: number | null,
): Picture {
  const width = Math.max(canvas.width, frame.left + frame.width);
  const height = Math.max(canvas.height, frame.top + frame.height);
  checkPictureSize('GIF', width, height);
  const numbers = unpackGifCodes(frame.data, frame.rootBits, frame.width * frame.height);
  const channels = transparent === null ? 3 : 4;
  const colors = colorTable(palette, transparent, channels);
  const pixels = new Uint8Array(width * height * channels);
  if (width * height > numbers.length) {
    const background = (transparent ?? 0) * channels;
    pixels.set(colors.subarray(background, background + channels));
    for (let filled = channels; filled < pixels.length; filled *= 2) pixels.copyWithin(filled, 0, filled);
  }
  const order = frame.interlaced ? interlacedRows(frame.height) : null;
  for (let row = 0, source = 0; row < frame.height; row++) {
    let target = ((frame.top + (order?.[row] ?? row)) * width + frame.left) * channels;
    for (let column = 0; column < frame.width; column++) {
      const color = numbers[source++]! * channels;
      for (let channel = 0; channel < channels; channel++) pixels[target++] = colors[color + channel]!;
    }
  }
  return { width, height, channels, pixels };
}

function colorTable(palette: Uint8Array | null, transparent: number | null, channels: 3 | 4): Uint8Array {
  const colors = new Uint8Array(256 * channels);
  for (let color = 0; color < 256; color++) {
    for (let channel = 0; channel < 3; channel++) {
      colors[color * channels + channel] = palette === null ? color : (palette[color * 3 + channel] ?? 0);
    }
    if (channels === 4) colors[color * 4 + 3] = color === transparent ? 0 : 255;
  }
  return colors;
}

/** Rows in the order in which they lie in the file (GIF89a specification, appendix E). */
function interlacedRows(height: number): Uint16Array {
  const rows = new Uint16Array(height);
  let index = 0;
  for (const [first, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const) {
    for (let row = first; row < height; row += step) rows[index++] = row;
  }
  return rows;
}

class GifReader {
  offset = 13;

  constructor(private readonly bytes: Uint8Array) {}

  byteAt(offset: number): number {
    const byte = this.bytes[offset];
    if (byte === undefined) throw truncatedPicture('GIF');
    return byte;
  }

  uint16At(offset: number): number {
    return this.byteAt(offset) + this.byteAt(offset + 1) * 256;
  }

  next(): number {
    return this.byteAt(this.offset++);
  }

  nextUint16(): number {
    return this.next() + this.next() * 256;
  }

  /** The palette at `offset`, if `flags` contain one. Goes on behind it. */
  readColors(flags: number, offset: number): Uint8Array | null {
    if ((flags & 0x80) === 0) return null;
    this.offset = offset + 3 * 2 ** ((flags & 7) + 1);
    if (this.offset > this.bytes.length) throw truncatedPicture('GIF');
    return this.bytes.subarray(offset, this.offset);
  }

  /** The content of all sub-blocks up to the empty one that ends them. */
  readSubBlocks(): Uint8Array {
    const first = this.offset;
    let total = 0;
    for (let length = this.next(); length > 0; length = this.next()) {
      total += length;
      this.offset += length;
    }
    const content = new Uint8Array(total);
    let target = 0;
    for (let at = first; target < total; at += this.bytes[at]! + 1) {
      content.set(this.bytes.subarray(at + 1, at + 1 + this.bytes[at]!), target);
      target += this.bytes[at]!;
    }
    return content;
  }
}
