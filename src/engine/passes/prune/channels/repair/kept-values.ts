/** Means and covariances of the kept channels, with their new values, and of the channels that they predict. */
import type { NormalSums } from '../../../../linear-algebra/normal-sums';
import type { NormalizedInput } from './normalized-inputs';

export interface KeptValues {
  readonly kept: readonly number[];
  /** Channels to predict from the kept ones. */
  readonly predicted: readonly number[];
  /** The covariance of two kept channels, by their places among these. */
  covariance(a: number, b: number): number;
  /** The covariance of the missing part of a removed channel, by its place among these, with a kept one. */
  targets(predicted: number, kept: number): number;
  means(kept: number): number;
  targetMeans(predicted: number): number;
}

/**
 * Derives the sums of kept values from sums over the original. A normalization that loses channels gives z′ = (z − mean
 * of the kept z) ÷ their deviation instead of z. The deviation differs from token to token by little: it counts as the
 * root of its mean square.
 *
 * @param normalized the normalization that directly computes the value, with sums over its output. Kept channels then
 * change too, and count as targets.
 */
export function keptValues(
  sums: NormalSums,
  kept: readonly number[],
  normalized: (NormalizedInput & { readonly sums: NormalSums }) | undefined,
): KeptValues {
  if (normalized !== undefined) return renormalized(momentsOf(sums), kept, normalized);
  const { mean, covariance } = momentsOf(sums);
  const isKept = new Set(kept);
  const predicted = Array.from({ length: sums.inputs }, (_, input) => input).filter((input) => !isKept.has(input));
  return {
    kept,
    predicted,
    covariance: (a, b) => covariance(kept[a]!, kept[b]!),
    targets: (a, b) => covariance(predicted[a]!, kept[b]!),
    means: (at) => mean(kept[at]!),
    targetMeans: (at) => mean(predicted[at]!),
  };
}

interface Moments {
  readonly inputs: number;
  mean(at: number): number;
  covariance(a: number, b: number): number;
}

function momentsOf({ inputs, samples, gram, inputSums }: NormalSums): Moments {
  const mean = (at: number): number => inputSums[at]! / samples;
  return {
    inputs,
    mean,
    covariance: (a, b) => gram[Math.max(a, b) * inputs + Math.min(a, b)]! / samples - mean(a) * mean(b),
  };
}

/** The mean of the kept z: its covariance with each channel, its variance, and its mean. */
interface Center {
  readonly withChannels: readonly number[];
  readonly variance: number;
  readonly mean: number;
}

function centerOf({ inputs, mean, covariance }: Moments, kept: readonly number[], form: NormalizedInput): Center {
  if (!form.isCentered) return { withChannels: Array.from({ length: inputs }, () => 0), variance: 0, mean: 0 };
  const weighted = (of: (at: number) => number): number =>
    kept.reduce((sum, at) => sum + of(at) / (kept.length * form.scale[at]!), 0);
  const withChannels = Array.from({ length: inputs }, (_, channel) => weighted((at) => covariance(channel, at)));
  return {
    withChannels,
    variance: weighted((at) => withChannels[at]!),
    mean: weighted((at) => mean(at) - form.bias[at]!),
  };
}

/** The deviation of the kept z, over all tokens. */
function deviationOf(moments: Moments, kept: readonly number[], form: NormalizedInput): number {
  const { mean, covariance } = moments;
  const center = centerOf(moments, kept, form);
  const squares = kept.map((at) => (covariance(at, at) + (mean(at) - form.bias[at]!) ** 2) / form.scale[at]! ** 2);
  const square = squares.reduce((sum, value) => sum + value, 0) / kept.length;
  return Math.sqrt(Math.max(square - center.variance - center.mean ** 2, Number.MIN_VALUE));
}

/**
 * With y = scale·z + bias and w = 1 ÷ (kept · scale), the mean of the kept z is wᵀ(y − bias), so that
 * y′ = (y − bias − scale·wᵀ(y − bias)) ÷ deviation + bias is linear in the kept y.
 */
function renormalized(
  moments: Moments,
  kept: readonly number[],
  form: NormalizedInput & { readonly sums: NormalSums },
): KeptValues {
  const { inputs, mean, covariance } = moments;
  const { scale, bias } = form;
  const center = centerOf(moments, kept, form);
  const deviation = deviationOf(momentsOf(form.sums), kept, form);
  const keptWith = (a: number, at: number): number =>
    (covariance(a, at) - scale[at]! * center.withChannels[a]!) / deviation;
  const keptTwice = (a: number, b: number): number =>
    (keptWith(a, b) - (scale[a]! * (center.withChannels[b]! - scale[b]! * center.variance)) / deviation) / deviation;
  const keptMean = (at: number): number => (mean(at) - bias[at]! - scale[at]! * center.mean) / deviation + bias[at]!;
  const isKept = new Set(kept);
  return {
    kept,
    predicted: Array.from({ length: inputs }, (_, input) => input),
    covariance: (a, b) => keptTwice(kept[a]!, kept[b]!),
    targets: (a, b) => keptWith(a, kept[b]!) - (isKept.has(a) ? keptTwice(a, kept[b]!) : 0),
    means: (at) => keptMean(kept[at]!),
    targetMeans: (at) => mean(at) - (isKept.has(at) ? keptMean(at) : 0),
  };
}
