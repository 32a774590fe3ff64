/**
 * The exact k smallest magnitudes of one or several tensors, in linear time and constant memory: a radix selection over
 * the bits of the values. IEEE 754 magnitudes order like their bit patterns, so each pass over the data decides 16
 * bits. 32-bit values take two passes, 64-bit values four. Nothing is sorted and nothing copied whole.
 */
import type { WorkMeter } from '../../work-meter';

/** Values that can be read again and again, a chunk at a time. NaN counts as larger than every number. */
export interface MagnitudeSource {
  readonly elements: number;
  readonly wide: boolean;
  /** Signed values of elements `start` to `end`; Float64Array when `wide`. May reuse its buffer on the next call. */
  read(start: number, end: number): Float32Array | Float64Array;
}

/** Elements per read: 1 MB of float32, small enough to stay in the cache. */
export const chunkElements = 1 << 18;
const digitBits = 16;
const digitCount = 1 << digitBits;

/**
 * Selects the k smallest elements. Earlier elements come first among equal magnitudes: first by source, then by index.
 */
export interface MagnitudeThreshold {
  /** Bits of the threshold magnitude: the only word for 32-bit keys; high and low word for 64-bit ones. */
  readonly high: number;
  readonly low: number;
  readonly wide: boolean;
  /** Elements equal to the threshold that belong to the selection, over all sources. */
  readonly ties: number;
}

/** The largest selection that is smaller than nothing: no element is below it and no tie belongs to it. */
const selectNothing: MagnitudeThreshold = { high: 0, low: 0, wide: false, ties: 0 };

/**
 * The threshold that selects exactly `count` elements of all `sources` together.
 * @param count 0 to the number of all elements.
 * @param advance is told the elements that were read, and awaited, after each chunk; it may reject to stop.
 */
export async function findMagnitudeThreshold(
  sources: readonly MagnitudeSource[],
  count: number,
  advance: WorkMeter['advance'],
): Promise<MagnitudeThreshold> {
  if (count <= 0) return selectNothing;
  const wide = sources.some((source) => source.wide);
  const passes = wide ? 4 : 2;
  let rank = count;
  // The digits that are decided so far, as one number per 32-bit word.
  let high = 0;
  let low = 0;
  const histogram = new Uint32Array(digitCount);
  for (let pass = 0; pass < passes; pass += 1) {
    histogram.fill(0);
    for (const source of sources) {
      for (let start = 0; start < source.elements; start += chunkElements) {
        const end = Math.min(source.elements, start + chunkElements);
        const keys = magnitudeKeys(source.read(start, end), wide);
        if (wide) countWideDigits(keys, pass, high, low, histogram);
        else countDigits(keys, pass, high, histogram);
        await advance(end - start);
      }
    }
    const { digit, below } = digitAtRank(histogram, rank);
    rank -= below;
    const shift = pass % 2 === 0 ? digitBits : 0;
    if (pass < 2) high = (high | (digit << shift)) >>> 0;
    else low = (low | (digit << shift)) >>> 0;
  }
  return { high, low, wide, ties: rank };
}

/** The effect of a threshold on one source: the number of selected elements, and the index up to which ties belong to it. */
export interface Selection {
  readonly threshold: MagnitudeThreshold;
  /** Elements equal to the threshold are selected when their index is below this. */
  readonly tieEnd: number;
  readonly selected: number;
  /** Elements that were zero already; all of them are selected first. */
  readonly zerosBefore: number;
}

/** Counts the elements of `source` that `threshold` selects. Up to `ties` elements that equal it may still be taken. */
export async function applyThreshold(
  source: MagnitudeSource,
  threshold: MagnitudeThreshold,
  ties: number,
  advance: WorkMeter['advance'],
): Promise<Selection & { readonly tiesTaken: number }> {
  let below = 0;
  let tiesTaken = 0;
  let tieEnd = 0;
  let zerosBefore = 0;
  for (let start = 0; start < source.elements; start += chunkElements) {
    const end = Math.min(source.elements, start + chunkElements);
    const keys = magnitudeKeys(source.read(start, end), threshold.wide);
    const words = threshold.wide ? 2 : 1;
    for (let index = 0; index < end - start; index += 1) {
      const high = keys[words * index + words - 1]! & 0x7fffffff;
      const low = words === 2 ? keys[2 * index]! : 0;
      if ((high | low) === 0) zerosBefore += 1;
      if (high < threshold.high || (high === threshold.high && low < threshold.low)) below += 1;
      else if (tiesTaken < ties && high === threshold.high && low === threshold.low) {
        tiesTaken += 1;
        tieEnd = start + index + 1;
      }
    }
    await advance(end - start);
  }
  return { threshold, tieEnd, selected: below + tiesTaken, zerosBefore, tiesTaken };
}

/** Calls `select` with the position in `values` of each element that `selection` takes; `start` is the index of the first one. */
export function forEachSelected(
  values: Float32Array | Float64Array,
  start: number,
  selection: Selection,
  select: (position: number) => void,
): void {
  const { threshold, tieEnd } = selection;
  const keys = magnitudeKeys(values, threshold.wide);
  const words = threshold.wide ? 2 : 1;
  for (let index = 0; index < values.length; index += 1) {
    const high = keys[words * index + words - 1]! & 0x7fffffff;
    const low = words === 2 ? keys[2 * index]! : 0;
    if (high > threshold.high) continue;
    const tie = high === threshold.high && low === threshold.low;
    if (tie ? start + index < tieEnd : high < threshold.high || low < threshold.low) select(index);
  }
}

/** The bits of the values: one word each, or low and high word (little-endian) when `wide`. The sign is still there. */
function magnitudeKeys(values: Float32Array | Float64Array, wide: boolean): Uint32Array {
  const ofWidth = wide && values instanceof Float32Array ? Float64Array.from(values) : values;
  return new Uint32Array(ofWidth.buffer, ofWidth.byteOffset, ofWidth.byteLength / 4);
}

function countDigits(keys: Uint32Array, pass: number, high: number, histogram: Uint32Array): void {
  if (pass === 0) {
    for (let index = 0; index < keys.length; index += 1) histogram[(keys[index]! & 0x7fffffff) >>> digitBits]! += 1;
    return;
  }
  const prefix = high >>> digitBits;
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index]! & 0x7fffffff;
    if (key >>> digitBits === prefix) histogram[key & 0xffff]! += 1;
  }
}

function countWideDigits(keys: Uint32Array, pass: number, high: number, low: number, histogram: Uint32Array): void {
  for (let index = 0; index < keys.length; index += 2) {
    const keyHigh = keys[index + 1]! & 0x7fffffff;
    const keyLow = keys[index]!;
    if (pass === 0) histogram[keyHigh >>> digitBits]! += 1;
    else if (pass === 1) {
      if (keyHigh >>> digitBits === high >>> digitBits) histogram[keyHigh & 0xffff]! += 1;
    } else if (keyHigh === high) {
      if (pass === 2) histogram[keyLow >>> digitBits]! += 1;
      else if (keyLow >>> digitBits === low >>> digitBits) histogram[keyLow & 0xffff]! += 1;
    }
  }
}

/** The digit under which the element of 1-based `rank` falls, and how many elements lie below it. */
function digitAtRank(histogram: Uint32Array, rank: number): { readonly digit: number; readonly below: number } {
  let below = 0;
  for (let digit = 0; digit < histogram.length; digit += 1) {
    const next = below + histogram[digit]!;
    if (next >= rank) return { digit, below };
    below = next;
  }
  throw new RangeError(`Rank ${rank} is beyond the ${below} elements that were counted.`);
}
