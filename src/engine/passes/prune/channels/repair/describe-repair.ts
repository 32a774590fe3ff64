/** Sentences of structural passes about held-out samples, which also select nothing if there are enough. */
import { capitalize, formatCount, formatCounted } from '../../../../format';
import { describeDistance } from '../../../../metrics/match-distance';
import type { PassDetails } from '../../../pass-details';
import type { LayerRepair } from './solve-layer';
import type { TrialOutcome } from '../trial/trial';
import { samplesForTest } from '../trial/trial-samples';

/** A sentence, with the distance of the outputs from the original's if it is known and a number. */
export function withDivergence(sentence: string, outcome: TrialOutcome | undefined): string {
  if (outcome === undefined || !Number.isFinite(outcome.distance.value)) return sentence;
  const { samples, use, distance } = outcome;
  const figure = capitalize(describeDistance(distance));
  if (use === 'test') {
    return `${sentence} ${figure} on ${formatCount(samples)} held-out samples.`;
  }
  return `${sentence} ${figure} on the ${formatCounted(samples, 'sample')} that also selected it. Use ${samplesForTest} or more samples to hold some out.`;
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
