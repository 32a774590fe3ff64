/** What structural passes tell of samples that nothing was fitted to, and that chose nothing where there are enough. */
import { formatCount, formatCounted } from '../../../../format';
import { describeDistance } from '../../../../metrics/match-distance';
import type { PassDetails } from '../../../pass-details';
import type { LayerRepair } from './solve-layer';
import type { TrialOutcome } from '../trial/trial';
import { samplesForTest } from '../trial/trial-samples';

/** A sentence, and how far the outputs are from the original's where that was seen and is a number. */
export function withDivergence(said: string, outcome: TrialOutcome | undefined): string {
  if (outcome === undefined || !Number.isFinite(outcome.distance.value)) return said;
  const { samples, use, distance } = outcome;
  const diverge = describeDistance(distance);
  if (use === 'test') {
    return `${said} On ${formatCount(samples)} samples that nothing was fitted to or chosen by, ${diverge}.`;
  }
  return `${said} On ${formatCounted(samples, 'sample')} that also decided what is kept (give ${samplesForTest} or more to see others), ${diverge}.`;
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
