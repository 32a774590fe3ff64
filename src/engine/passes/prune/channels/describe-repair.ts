/** What structural passes tell of samples that nothing was fitted to. */
import { formatCount, formatNumber } from '../../../format';
import type { PassDetails } from '../../pass-details';
import type { LayerRepair } from './refit-layers';

/** A sentence, and how far the outputs are from the original's where that was seen and is a number. */
export function withDivergence(
  said: string,
  heldOut: { readonly samples: number; readonly divergence: number } | undefined,
): string {
  if (heldOut === undefined || !Number.isFinite(heldOut.divergence)) return said;
  return `${said} On ${formatCount(heldOut.samples)} samples that nothing was fitted to, the outputs diverge by ${formatNumber(heldOut.divergence, 2)}.`;
}

export function repairDetail(repairs: readonly LayerRepair[]): PassDetails[string] {
  return {
    kind: 'table',
    title: 'Error of each layer on held-out samples, as a share of its variance',
    columns: [
      { label: 'Layer', unit: 'path' },
      { label: 'Before', unit: 'share' },
      { label: 'After', unit: 'share' },
    ],
    rows: repairs.map(({ path, errorBefore, errorAfter }) => [path, errorBefore, errorAfter]),
  };
}
