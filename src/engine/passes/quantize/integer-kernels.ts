/**
 * The inner loops of 8-bit quantization: plain loops over typed arrays. Ranges are found on the bits of the floats,
 * because integer comparisons are faster and see NaN and infinity for free.
 */
import { ROUND_TO_INTEGER } from '../../round-half-even';

/** Smallest and largest value of a set, widened to hold zero; or not finite. */
export interface ValueRange {
  readonly minimum: number;
  readonly maximum: number;
  readonly isFinite: boolean;
}

const SIGN = 0x80000000;
const INFINITY_BITS = 0x7f800000;

/** 0.4999²: how far from its integer a product may be to decide without the quotient. */
const NEARLY_HALF_SQUARED = 0.2499;

/** A column of so many rows, each in another line of the cache, fits into the first level of it. */
const rowsAtOnce = 64;

const scratchBits = new Int32Array(1);
const scratchFloat = new Float32Array(scratchBits.buffer);

function floatOfBits(bits: number): number {
  scratchBits[0] = bits;
  return scratchFloat[0]!;
}

/**
 * Range of each of `channels.length` interleaved channels (element i belongs to channel i mod length), gathered over
 * several calls. The bits of non-negative floats order like the floats; with the sign bit flipped so do those of
 * negative ones, by magnitude.
 */
export class RangeAccumulator {
  readonly #highest: Int32Array;
  readonly #lowest: Int32Array;

  constructor(channelCount: number) {
    this.#highest = new Int32Array(channelCount);
    this.#lowest = new Int32Array(channelCount);
  }

  /** Adds values to one channel. */
  addTo(channel: number, values: Float32Array): void {
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
    let highest = this.#highest[channel]!;
    let lowest = this.#lowest[channel]!;
    // Two of each, so that one comparison need not wait for the one before it: nearly twice as fast.
    let otherHighest = highest;
    let otherLowest = lowest;
    const evenLength = bits.length & ~1;
    for (let index = 0; index < evenLength; index += 2) {
      const word = bits[index]!;
      const otherWord = bits[index + 1]!;
      const flipped = word ^ SIGN;
      const otherFlipped = otherWord ^ SIGN;
      highest = word > highest ? word : highest;
      otherHighest = otherWord > otherHighest ? otherWord : otherHighest;
      lowest = flipped > lowest ? flipped : lowest;
      otherLowest = otherFlipped > otherLowest ? otherFlipped : otherLowest;
    }
    const last = evenLength < bits.length ? bits[evenLength]! : 0;
    this.#highest[channel] = Math.max(highest, otherHighest, last);
    this.#lowest[channel] = Math.max(lowest, otherLowest, evenLength < bits.length ? last ^ SIGN : 0);
  }

  /** Adds whole rows of interleaved channels. */
  addInterleaved(values: Float32Array): void {
    const channelCount = this.#highest.length;
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
    // Rows that stay in the cache while their channels are read.
    const stride = rowsAtOnce * channelCount;
    for (let start = 0; start < bits.length; start += stride) {
      this.#addRows(bits, start, Math.min(bits.length, start + stride));
    }
  }

  /** Two channels at a time, whose ends stay in registers. */
  #addRows(bits: Int32Array, start: number, end: number): void {
    const allHighest = this.#highest;
    const allLowest = this.#lowest;
    const channelCount = allHighest.length;
    for (let channel = 0; channel < channelCount; channel += 2) {
      // An odd last row is read with the one before it.
      const first = Math.max(0, Math.min(channel, channelCount - 2));
      const second = Math.min(first + 1, channelCount - 1);
      const step = second - first;
      let highest = allHighest[first]!;
      let lowest = allLowest[first]!;
      let otherHighest = allHighest[second]!;
      let otherLowest = allLowest[second]!;
      for (let at = start + first; at < end; at += channelCount) {
        const word = bits[at]!;
        const otherWord = bits[at + step]!;
        const flipped = word ^ SIGN;
        const otherFlipped = otherWord ^ SIGN;
        highest = word > highest ? word : highest;
        otherHighest = otherWord > otherHighest ? otherWord : otherHighest;
        lowest = flipped > lowest ? flipped : lowest;
        otherLowest = otherFlipped > otherLowest ? otherFlipped : otherLowest;
      }
      allHighest[first] = highest;
      allLowest[first] = lowest;
      allHighest[second] = otherHighest;
      allLowest[second] = otherLowest;
    }
  }

  /** The smallest value of a channel, or 0. */
  minimum(channel: number): number {
    return floatOfBits(this.#lowest[channel]! ^ SIGN);
  }

  /** The largest value of a channel, or 0. */
  maximum(channel: number): number {
    return floatOfBits(this.#highest[channel]!);
  }

  range(channel: number): ValueRange {
    const highest = this.#highest[channel]!;
    const lowest = this.#lowest[channel]!;
    return {
      minimum: this.minimum(channel),
      maximum: this.maximum(channel),
      isFinite: highest < INFINITY_BITS && lowest < INFINITY_BITS,
    };
  }
}

/**
 * `output[i] = round(values[i] / scale) + zeroPoint`, division in float32, ties to even, as two's complement bytes.
 * The result must be known to fit into 8 bits: see `quantizeClipped` for when it is not.
 */
export function quantize(
  values: Float32Array,
  scale: number,
  zeroPoint: number,
  output: Uint8Array,
  outputStart: number,
): void {
  // A product is faster than a quotient, and its error is below 2⁻¹⁵ if results fit into 8 bits. It decides unless it
  // is nearly half-way between two integers. There the float32 quotient decides, as it does in the tool.
  const inverse = 1 / scale;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    const product = value * inverse;
    let rounded = product + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
    const distance = product - rounded;
    if (distance * distance > NEARLY_HALF_SQUARED) {
      rounded = Math.fround(value / scale) + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
    }
    output[outputStart + index] = (rounded | 0) + zeroPoint;
  }
}

/** Like `quantize`, clipped to `lowest` … `highest`. */
export function quantizeClipped(
  values: Float32Array,
  scale: number,
  zeroPoint: number,
  lowest: number,
  highest: number,
  output: Uint8Array,
  outputStart: number,
): void {
  for (let index = 0; index < values.length; index++) {
    const rounded = Math.fround(values[index]! / scale) + ROUND_TO_INTEGER - ROUND_TO_INTEGER + zeroPoint;
    output[outputStart + index] = Math.min(Math.max(rounded, lowest), highest);
  }
}

/** Like `quantize`, for whole rows of interleaved channels: element i belongs to channel i mod length. */
export function quantizeInterleaved(
  values: Float32Array,
  scales: Float64Array,
  zeroPoints: Int32Array,
  output: Uint8Array,
  outputStart: number,
): void {
  const channelCount = scales.length;
  for (let row = 0; row < values.length; row += channelCount) {
    for (let channel = 0; channel < channelCount; channel++) {
      const quotient = Math.fround(values[row + channel]! / scales[channel]!);
      const rounded = quotient + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
      output[outputStart + row + channel] = (rounded | 0) + zeroPoints[channel]!;
    }
  }
}

/** Like `quantizeInterleaved`, clipped to `lowest` … `highest`. */
export function quantizeInterleavedClipped(
  values: Float32Array,
  scales: Float64Array,
  zeroPoints: Int32Array,
  lowest: number,
  highest: number,
  output: Uint8Array,
  outputStart: number,
): void {
  const channelCount = scales.length;
  for (let row = 0; row < values.length; row += channelCount) {
    for (let channel = 0; channel < channelCount; channel++) {
      const quotient = Math.fround(values[row + channel]! / scales[channel]!);
      const rounded = quotient + ROUND_TO_INTEGER - ROUND_TO_INTEGER + zeroPoints[channel]!;
      output[outputStart + row + channel] = Math.min(Math.max(rounded, lowest), highest);
    }
  }
}

/**
 * Writes a tile of a matrix to where its elements belong once rows and columns are exchanged. It works in blocks, so
 * that both sides stay in the cache. `targetStart` is the place of the first element; a column of the tile becomes a
 * run of bytes in `target`, and columns lie `targetStride` bytes apart.
 */
export function transposeTile(
  tile: Uint8Array,
  columns: number,
  target: Uint8Array,
  targetStart: number,
  targetStride: number,
): void {
  const BLOCK = 64;
  const rows = columns === 0 ? 0 : tile.length / columns;
  for (let rowBlock = 0; rowBlock < rows; rowBlock += BLOCK) {
    const rowEnd = Math.min(rowBlock + BLOCK, rows);
    for (let columnBlock = 0; columnBlock < columns; columnBlock += BLOCK) {
      const columnEnd = Math.min(columnBlock + BLOCK, columns);
      for (let row = rowBlock; row < rowEnd; row++) {
        for (let column = columnBlock; column < columnEnd; column++) {
          target[targetStart + column * targetStride + row] = tile[row * columns + column]!;
        }
      }
    }
  }
}
