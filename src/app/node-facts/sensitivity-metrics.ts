/** The loss of the model's outputs when a technique is applied to one layer alone. */
import { formatCounted } from '../../engine/format';
import { errorFigure } from '../../engine/report/describe-match';
import type { Sensitivity } from '../../engine/search/sensitivity';
import { sensitivityTechniques, type SensitivityTechnique } from '../../engine/search/sensitivity-techniques';
import { jobStore } from '../state/jobs/job-store';
import { sensitivityOf } from '../state/search/recorded-sensitivity';
import { chosenTechnique, sensitivityChoiceStore } from '../state/search/sensitivity-choice';
import { perObject } from '../state/workspace/per-object';
import { originalId, workspaceStore } from '../state/workspace/workspace-store';
import { onlyOfOriginal, type NodeMetric, type NodeNumbers } from './node-metric';
import { runningNumbers } from './running-numbers';

const commandId = 'measure-sensitivity';

const formatError = (sqnrDb: number): string => errorFigure({ identical: false, sqnrDb });

const notMeasured: NodeNumbers = {
  state: 'not-known',
  why: 'it is not measured on this data. Choose it on the tab Sensitivity.',
  commandId: 'show-sensitivity',
};

function sensitivityMetric({ id: technique, caption, deed, of }: SensitivityTechnique): NodeMetric {
  const numbers = perObject((found: Sensitivity) => numbersOf(found, of));
  return {
    id: `sensitivity-${technique}`,
    title: caption,
    explanation: `Output error of the model when ${deed}: the largest is the most sensitive.`,
    format: formatError,
    formatShort: formatError,
    // Beyond 60 dB, an error of a thousandth, nothing is worth a color.
    scale: { kind: 'even', most: 60, strongest: 'least' },
    sum: null,
    column: { csv: `sensitivity_${technique.replaceAll('-', '_')}_db`, shown: 'when-known' },
    numbersOf({ id }) {
      if (id !== originalId) return onlyOfOriginal;
      const found = sensitivityOf(workspaceStore.getState(), technique);
      if (found !== null) return numbers(found);
      const isMeasured = chosenTechnique(workspaceStore.getState(), sensitivityChoiceStore.getState()).id === technique;
      return (isMeasured ? runningNumbers(commandId) : null) ?? notMeasured;
    },
    subscribe(listener) {
      const stops = [jobStore.subscribe(listener), workspaceStore.subscribe(listener)];
      return () => stops.forEach((stop) => stop());
    },
  };
}

export const sensitivityNodeMetrics: readonly NodeMetric[] = sensitivityTechniques.map(sensitivityMetric);

export const mixableMetrics: ReadonlySet<NodeMetric> = new Set(
  sensitivityNodeMetrics.filter((_, at) => sensitivityTechniques[at]!.pass === 'quantize-weights'),
);

function numbersOf(
  { layers, count, baseline, samples, inputs }: Sensitivity,
  of: SensitivityTechnique['of'],
): NodeNumbers {
  const byPath = new Map<string, number | null>();
  for (const { path, together = [], output } of layers) {
    for (const layer of [path, ...together]) byPath.set(layer, leastOf(byPath.get(layer), output.sqnrDb));
  }
  const inputWord = inputs === 'data' ? 'sample' : 'random input';
  const all = baseline.sqnrDb === null ? '' : ` All together: ${formatError(baseline.sqnrDb)}.`;
  const what = { layers: 'each layer alone', groups: 'layers with coupled channels share a figure' }[of];
  const part = layers.length < count ? ` ${layers.length} of ${count} measured so far.` : '';
  return {
    state: 'known',
    byPath,
    source: `On ${formatCounted(samples, inputWord)}, on WASM, ${what}.${all}${part}`,
  };
}

/** A layer may be in several groups. */
function leastOf(known: number | null | undefined, found: number | null): number | null {
  if (known === undefined || known === null || found === null) return found ?? known ?? null;
  return Math.min(known, found);
}
