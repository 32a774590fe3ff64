/**
 * Padding of texts to equal lengths, so that requests of different lengths run together. Only models whose mask makes padded and
 * unpadded outputs equal allow it, which runs of the model show.
 */
import type { FeedData, Feeds, FeedTensor, InputDescription } from '../data/feeds';
import { freeDimensionKey } from '../data/free-dimensions';
import { formatPercent } from '../format';
import { ownValue } from '../own-value';
import { relativeErrorOf, type PaddingVerdict } from './batch-verdict';

/** Pairs of a text's length and the length that it is padded to: within a bucket, and far beyond. */
export const provedLengths = [
  { length: 5, padded: 16 },
  { length: 12, padded: 16 },
  { length: 9, padded: 32 },
] as const;

const integerTypes: ReadonlySet<string> = new Set(['int32', 'int64', 'bool', 'uint8', 'int8']);

/**
 * Returns the inputs of a text model with a mask. All have a free batch and a free length, and hold integers or a mask.
 * One of them is a mask. `null` for any other model.
 */
export function paddableInputs(inputs: readonly InputDescription[]): readonly string[] | null {
  const isFree = (size: unknown): boolean => typeof size !== 'number' || size < 0;
  const isMask = ({ name }: InputDescription): boolean => /mask/i.test(name);
  const fits = inputs.every(
    (input) => input.shape?.length === 2 && isFree(input.shape[1]) && (integerTypes.has(input.dtype) || isMask(input)),
  );
  return fits && inputs.some(isMask) && !inputs.every(isMask) ? inputs.map(({ name }) => name) : null;
}

/** The keys of the free lengths of a text model with a mask; `null` for any other model. */
export function textDimensions(inputs: readonly InputDescription[]): readonly string[] | null {
  return paddableInputs(inputs) && [...new Set(inputs.map((input) => freeDimensionKey(input, 1)!))];
}

/** The same text with zeros after it. Inputs are of one row. */
export function padTexts(feeds: Feeds, length: number): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => [
      name,
      { ...tensor, dims: [1, length], data: padded(tensor, length) },
    ]),
  );
}

function padded({ data }: FeedTensor, length: number): FeedData {
  if (!ArrayBuffer.isView(data)) return data;
  const grown = new (data.constructor as new (length: number) => Float32Array)(length);
  grown.set(data as Float32Array);
  return grown as FeedData;
}

export interface PaddedRun {
  readonly length: number;
  readonly padded: number;
  readonly outputs: Feeds;
  readonly paddedOutputs: Feeds;
}

/** A larger error is the influence of the padding, not rounding: 60 dB. */
const mostError = 1e-3;

/** Compares outputs of texts with those of the same texts padded. */
export function assessPadding(inputs: readonly string[], runs: readonly PaddedRun[]): PaddingVerdict {
  const names = Object.keys(runs[0]?.outputs ?? {});
  const cut = names.filter((name) => runs.every((run) => hasLength(run, name)));
  let worst = 0;
  for (const name of names) {
    for (const run of runs) {
      const [own, other] = [ownValue(run.outputs, name), ownValue(run.paddedOutputs, name)];
      const found = other === undefined || !cut.includes(name) ? other : cutToLength(other, run.length);
      if (own === undefined || found === undefined || String(own.dims) !== String(found.dims)) {
        return { padding: null, reason: `Output “${name}” has another shape if texts are padded.` };
      }
      worst = Math.max(worst, relativeErrorOf(own, found));
    }
  }
  if (worst > mostError) {
    const error = formatPercent(worst, 1);
    return {
      padding: null,
      reason: `Padding changes outputs by up to ${error}, so only texts of equal length run together.`,
    };
  }
  return {
    padding: { inputs, outputs: cut },
    reason:
      'Texts of different lengths run together, padded within a bucket: padded and unpadded outputs are equal up to rounding.',
  };
}

function hasLength({ length, padded: longer, outputs, paddedOutputs }: PaddedRun, name: string): boolean {
  return ownValue(outputs, name)?.dims[1] === length && ownValue(paddedOutputs, name)?.dims[1] === longer;
}

/** Cuts a tensor of one row to its first positions, whose values come first in memory. */
function cutToLength({ dtype, dims, data }: FeedTensor, length: number): FeedTensor {
  const values = (data.length / Math.max(1, dims[1]!)) * length;
  return { dtype, dims: [dims[0]!, length, ...dims.slice(2)], data: data.slice(0, values) as FeedData };
}
