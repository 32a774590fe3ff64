import { damagedPicture, truncatedPicture } from './picture-errors';

const maximumCodes = 4096;
const maximumCodeBits = 12;

/**
 * Unpacks `count` color numbers from the LZW codes of a GIF (GIF89a specification, appendix F). `data` is the content of
 * the sub-blocks, one after the other. Throws `data/picture-damaged` and `data/picture-truncated`.
 */
export function unpackGifCodes(data: Uint8Array, rootBits: number, count: number): Uint8Array {
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
