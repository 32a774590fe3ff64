/** The report of weight pruning: the table of zeros, and their total. */
import { formatCount, formatPercent } from '../../../format';
import type { PassOutcome } from '../../pass';
import type { DetailRow } from '../../pass-details';

export interface WeightZeros {
  readonly path: string;
  readonly elements: number;
  readonly zeros: number;
}

/** The outcome of one pruning method, before it is put into words. */
export interface PrunedWeights extends Pick<PassOutcome, 'model' | 'changes' | 'refusals'> {
  readonly zeros: readonly WeightZeros[];
}

export function shareOfZeros(weights: readonly WeightZeros[]): number {
  const { elements, zeros } = totalOf(weights);
  return elements === 0 ? 0 : zeros / elements;
}

function totalOf(weights: readonly WeightZeros[]): WeightZeros {
  const sum = (key: 'elements' | 'zeros') => weights.reduce((total, weight) => total + weight[key], 0);
  return { path: '', elements: sum('elements'), zeros: sum('zeros') };
}

/**
 * Largest weights first. No sentence where nothing is zero.
 *
 * @param more a sentence to stand behind what they come to.
 */
export function describeZeros(
  weights: readonly WeightZeros[],
  more?: string,
): Pick<PassOutcome, 'details' | 'sentence'> {
  const largestFirst = weights.toSorted((a, b) => b.elements - a.elements);
  const total = totalOf(weights);
  return {
    details: {
      sparsity: {
        kind: 'table',
        title: 'Zeros by weight',
        columns: [
          { label: 'Weight', unit: 'path' },
          { label: 'Elements', unit: 'count' },
          { label: 'Zeros', unit: 'count' },
          { label: 'Share', unit: 'share' },
        ],
        rows: largestFirst.map(row),
        total: row(total),
      },
    },
    ...(total.zeros > 0 && {
      sentence: `${formatPercent(total.zeros / total.elements)} of the ${formatCount(total.elements)} weights that the pass covers are zero. Runtimes still compute them, so only the download after gzip or Brotli gets smaller.${more === undefined ? '' : ` ${more}`}`,
    }),
  };
}

function row({ path, elements, zeros }: WeightZeros): DetailRow {
  return [path, elements, zeros, elements === 0 ? 0 : zeros / elements];
}
