/** Describes texts of several lengths before a server: which of them run together, and how long they take. */
import { ParetoError } from '../errors';
import { formatQuoted } from '../format';
import { measuredServiceTimes, type BatchTimes, type ServiceTimes } from './service-times';

/** The share of inputs with this length in tokens. The shares of a load add up to 1. */
export interface LengthShare {
  readonly length: number;
  readonly share: number;
}

export interface TextLengths {
  /** The shares of the lengths: at least one. */
  readonly shares: readonly LengthShare[];
  /** Texts within a bucket run together, padded to the longest of them; else only those of equal length do. */
  readonly isPadded: boolean;
}

/** Measured batch times of texts. */
export interface TextTimes extends Pick<TextLengths, 'isPadded'> {
  /** At least one length in tokens, the shortest first, each with at least one batch size. */
  readonly byLength: readonly { readonly length: number; readonly times: readonly BatchTimes[] }[];
}

/** Measured batch times of a load. */
export interface ServedTimes {
  /** Times of inputs of one size. */
  readonly times: readonly BatchTimes[];
  /** Absent: all inputs are of the same size. */
  readonly texts?: TextTimes;
}

/** Service times of inputs of one size, or of texts by the longest one of a batch. */
export function serviceTimesOf({ times, texts }: ServedTimes): ServiceTimes {
  return texts === undefined ? measuredServiceTimes(times) : textServiceTimes(texts.byLength);
}

const mostLengths = 64;
const longestText = 100_000;

/** `12:0.7,60:0.3` as typed on a command line: lengths with their shares, in any unit. Throws `serving/lengths`. */
export function parseLengths(text: string): readonly LengthShare[] {
  const parts = text.split(',').map((part) => {
    const [, length, share] = /^\s*(\d{1,6}):(\d{1,9}(?:\.\d+)?)\s*$/.exec(part) ?? [];
    return { length: Number(length), share: Number(share) };
  });
  const areLengths = parts.every(({ length, share }) => length >= 1 && length <= longestText && share > 0);
  if (parts.length > mostLengths || !areLengths) {
    throw new ParetoError(
      'serving/lengths',
      `${formatQuoted(text)} does not describe lengths. Use up to ${mostLengths} of length:share, such as 12:0.7,60:0.3.`,
    );
  }
  const sum = parts.reduce((total, { share }) => total + share, 0);
  return parts.map(({ length, share }) => ({ length, share: share / sum }));
}

const mostTimed = 4;

/** Returns the lengths to time for a load: the shortest, the longest, and two between them. */
export function lengthsToTime(shares: readonly LengthShare[]): readonly number[] {
  const sorted = [...new Set(shares.map(({ length }) => length))].toSorted((a, b) => a - b);
  if (sorted.length <= mostTimed) return sorted;
  const places = Array.from({ length: mostTimed }, (_, index) =>
    Math.round((index * (sorted.length - 1)) / (mostTimed - 1)),
  );
  return places.map((place) => sorted[place]!);
}

/** The length of each input, by its number: equal inputs are equally long. */
export function lengthOfInput({ shares }: Pick<TextLengths, 'shares'>, input: number): number {
  return lengthAt(shares, hashed(input));
}

/** @param at from 0 to 1: the place among the lengths, each of which takes up its share. */
function lengthAt(shares: readonly LengthShare[], at: number): number {
  let left = at;
  for (const { length, share } of shares) {
    left -= share;
    if (left < 0) return length;
  }
  return shares.at(-1)!.length;
}

/** A number from 0 to 1, evenly distributed over inputs (the finalizer of MurmurHash3). */
function hashed(input: number): number {
  let bits = Math.imul(input + 1, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}

const shortestBucket = 16;

/** Inputs of the same group may run together. Buckets are 16, 32, 64 … as the function `bucket` of the bundle's server has them. */
export function groupOfInput(lengths: TextLengths, input: number): number {
  return groupOfLength(lengths, lengthOfInput(lengths, input));
}

function groupOfLength({ isPadded }: TextLengths, length: number): number {
  return isPadded ? Math.max(shortestBucket, 2 ** Math.ceil(Math.log2(length))) : length;
}

const typicalRuns = 256;

/** Times in ms of many runs of batches of this size, at even quantiles of times and lengths. */
export function runsOfBatch(service: ServiceTimes, batch: number, lengths?: TextLengths): readonly number[] {
  // Each odd factor visits every quantile once, in an order of its own.
  const quantile = (run: number, factor: number): number => (((run * factor) % typicalRuns) + 0.5) / typicalRuns;
  return Array.from({ length: typicalRuns }, (_, run) => {
    const longest = lengths && longestOfBatch(lengths, batch, quantile(run, 1), quantile(run, 101));
    return service.drawMs(batch, { next: () => quantile(run, 37) }, longest);
  });
}

/**
 * The longest text of a batch that runs together.
 * @param text from 0 to 1: which text of the load decides the group of the batch. @param longest from 0 to 1: the quantile of the
 * longest among `batch` texts of that group.
 */
export function longestOfBatch(lengths: TextLengths, batch: number, text: number, longest: number): number {
  const group = groupOfLength(lengths, lengthAt(lengths.shares, text));
  const own = lengths.shares.filter(({ length }) => groupOfLength(lengths, length) === group);
  const sum = own.reduce((total, { share }) => total + share, 0);
  const byLength = own
    .map(({ length, share }) => ({ length, share: share / sum }))
    .toSorted((a, b) => a.length - b.length);
  // The longest of n texts stays below a length with the n-th power of the chance of one text.
  return lengthAt(byLength, longest ** (1 / batch));
}

/**
 * Times of batches by the length of their longest text. Between two measured lengths, equal quantiles are interpolated; beyond the
 * longest they grow in proportion, which is too little for long texts.
 * @param measured at least one length, each with at least one batch size.
 */
export function textServiceTimes(measured: TextTimes['byLength']): ServiceTimes {
  const lengths = measured
    .map(({ length, times }) => ({ length, service: measuredServiceTimes(times) }))
    .toSorted((a, b) => a.length - b.length);
  const longest = lengths.at(-1)!;
  return {
    drawMs(batch, random, length = longest.length) {
      const share = random.next();
      const at = ({ service }: (typeof lengths)[number]): number => service.drawMs(batch, { next: () => share });
      const above = lengths.findIndex((one) => one.length >= length);
      if (above === -1) return (at(longest) * length) / longest.length;
      const [lower, upper] = [lengths[above - 1], lengths[above]!];
      if (lower === undefined) return at(upper);
      const weight = (length - lower.length) / (upper.length - lower.length);
      return at(lower) + (at(upper) - at(lower)) * weight;
    },
  };
}
