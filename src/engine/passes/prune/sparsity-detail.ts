/** The table of zeros that pruning of weights tells, and what it comes to. */
import type { DetailRow, PassDetails, TableDetail } from '../pass-details';

export interface WeightZeros {
  readonly path: string;
  readonly elements: number;
  readonly zeros: number;
}

/** Largest weights first. */
export function sparsityDetail(weights: readonly WeightZeros[]): TableDetail {
  const largestFirst = weights.toSorted((a, b) => b.elements - a.elements);
  const sum = (key: 'elements' | 'zeros') => weights.reduce((total, weight) => total + weight[key], 0);
  return {
    kind: 'table',
    title: 'Zeros by weight',
    columns: [
      { label: 'Weight', unit: 'path' },
      { label: 'Elements', unit: 'count' },
      { label: 'Zeros', unit: 'count' },
      { label: 'Share', unit: 'share' },
    ],
    rows: largestFirst.map(row),
    total: row({ path: '', elements: sum('elements'), zeros: sum('zeros') }),
  };
}

function row({ path, elements, zeros }: WeightZeros): DetailRow {
  return [path, elements, zeros, elements === 0 ? 0 : zeros / elements];
}

/** Zeros and elements of all weights that a pass covered, where it tells them. */
export function totalSparsity(
  details: PassDetails | undefined,
): { readonly zeros: number; readonly elements: number } | undefined {
  const detail = details?.['sparsity'];
  if (detail?.kind !== 'table' || detail.total === undefined) return undefined;
  const [, elements, zeros] = detail.total;
  return { zeros: Number(zeros), elements: Number(elements) };
}
