/** Computes one number for the distance of outputs by their kind. Passes and searches order models by it. */
import { formatCosine, formatDecibels, formatNumber, formatPercent } from '../format';
import type { ComparedOutput, DataMatch, Estimate, TalliedFigures } from './evaluation';
import { meanOf } from './mean-interval';

export interface MatchDistance {
  /** `kl`: divergence of distributions, in nats. `cosine`: 1 − cosine of embeddings. `error`: squared error as a share of the signal. */
  readonly of: 'kl' | 'cosine' | 'error';
  /** 0: the outputs are the same. `Infinity`: they cannot be compared. */
  readonly value: number;
  /** The share of samples whose nearest other sample is the same, for embeddings. The worst output counts. */
  readonly neighborAgreement?: number;
}

/** The stand-in for outputs of different shapes and for outputs that are not numbers. */
const incomparableDb = -300;

/**
 * Returns the mean KL divergence of outputs that are distributions. Without any, it is the mean of 1 − cosine of
 * embeddings. Without those, it is the squared error as a share of the signal, of the worst output. All three add up
 * over layers, approximately.
 */
export function distanceOf({ perOutput, sqnrDb }: Pick<DataMatch, 'perOutput' | 'sqnrDb'>): MatchDistance {
  const divergences = perOutput.flatMap(({ klDivergence }) => klDivergence ?? []);
  const cosineLosses = perOutput.flatMap(({ cosineLoss }) => cosineLoss?.value ?? []);
  const of = divergences.length > 0 ? 'kl' : cosineLosses.length > 0 ? 'cosine' : 'error';
  if (sqnrDb === null || sqnrDb <= incomparableDb) return { of, value: Infinity };
  if (of === 'kl') return { of, value: meanOf(divergences) };
  if (of === 'error') return { of, value: 10 ** (-sqnrDb / 10) };
  const neighbors = perOutput.flatMap(({ neighborAgreement }) => neighborAgreement?.value ?? []);
  return {
    of,
    value: meanOf(cosineLosses),
    ...(neighbors.length > 0 && { neighborAgreement: Math.min(...neighbors) }),
  };
}

/**
 * Returns the share of equal answers: of steps for sequences, of samples for other outputs. One step of dozens that
 * changes is not another text. `null` for outputs without answers, such as embeddings.
 */
export function answerAgreement({ stepAgreement, agreement }: TalliedFigures): Estimate | null {
  return stepAgreement ?? agreement;
}

/** Returns the answer agreement of the worst output, and its unit. `undefined`: no output has answers. */
export function leastAgreement(
  perOutput: readonly ComparedOutput[],
): { readonly value: number; readonly unit: 'steps' | 'samples' } | undefined {
  const found = perOutput.flatMap((output) => {
    const agreement = answerAgreement(output);
    const unit = output.stepAgreement === undefined ? ('samples' as const) : ('steps' as const);
    return agreement === null ? [] : [{ value: agreement.value, unit }];
  });
  return found.toSorted((a, b) => a.value - b.value)[0];
}

/** A clause: `the outputs have a cosine of 0.9 to the original’s, and 51.0 % of the samples keep their nearest neighbor`. */
export function describeDistance({ of, value, neighborAgreement }: MatchDistance): string {
  if (of === 'kl') return `KL divergence ${formatNumber(value, 2)}`;
  if (of === 'error') return `output SQNR ${formatDecibels(-10 * Math.log10(value))}`;
  const cosine = `cosine ${formatCosine(1 - value)} to the original’s outputs`;
  if (neighborAgreement === undefined) return cosine;
  return `${cosine}, and ${formatPercent(neighborAgreement)} of the samples keep their nearest neighbor`;
}
