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

/** The length of each input, by its number: equal inputs are equally long. */
export function lengthOfInput({ shares }: Pick<TextLengths, 'shares'>, input: number): number {
  let left = hashed(input);
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
  const length = lengthOfInput(lengths, input);
  return lengths.isPadded ? Math.max(shortestBucket, 2 ** Math.ceil(Math.log2(length))) : length;
}

/**
 * Times of batches by the length of their longest text. Between two measured lengths, equal quantiles are interpolated; beyond the
 * longest they grow in proportion, which is too little for long texts.
 * @param measured at least one length, each with at least one batch size.
 */
export function textServiceTimes(measured: ReadonlyMap<number, readonly BatchTimes[]>): ServiceTimes {
  const lengths = [...measured]
    .map(([length, times]) => ({ length, service: measuredServiceTimes(times) }))
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
