/** What a layer alone costs the model's outputs when its weights are stored in fewer bits. */
import { formatCounted, formatDecibels } from '../../engine/format';
import { jobStore } from '../state/jobs/job-store';
import { sensitivityOf, sensitivityStore, type RecordedSensitivity } from '../state/search/recorded-sensitivity';
import { originalId, workspaceStore } from '../state/workspace/workspace-store';
import { toldOfOriginal, type NodeMetric, type NodeNumbers } from './node-metric';
import { perObject } from '../state/workspace/per-object';
import { runningNumbers } from './running-numbers';

const commandId = 'measure-sensitivity';

const notMeasured: NodeNumbers = {
  state: 'not-known',
  why: 'nobody has stored its layers one by one in fewer bits, with this data.',
  commandId,
};

function sensitivityMetric(bits: 4 | 8): NodeMetric {
  const numbers = perObject((recorded: RecordedSensitivity) => numbersOf(recorded, bits));
  return {
    id: `sensitivity-${bits}`,
    title: `${bits}-bit alone`,
    explanation: `Signal to noise of the model’s outputs when the weights of this layer alone are rounded to ${bits} bits: the least is the most sensitive.`,
    format: formatDecibels,
    formatShort: formatDecibels,
    // Beyond 60 dB, an error of a thousandth, nothing is worth a colour.
    scale: { kind: 'even', most: 60, strongest: 'least' },
    sum: null,
    column: { csv: `sensitivity_${bits}_bits_db`, shown: 'when-known' },
    numbersOf({ id, files }) {
      if (id !== originalId) return toldOfOriginal;
      const recorded = sensitivityOf(files);
      return recorded === null ? (runningNumbers(commandId) ?? notMeasured) : numbers(recorded);
    },
    subscribe(listener) {
      const stops = [sensitivityStore, jobStore, workspaceStore].map((store) => store.subscribe(listener));
      return () => stops.forEach((stop) => stop());
    },
  };
}

export const sensitivity8Metric = sensitivityMetric(8);
export const sensitivity4Metric = sensitivityMetric(4);

function numbersOf({ found }: RecordedSensitivity, wanted: 4 | 8): NodeNumbers {
  const measured = found.find(({ bits }) => bits === wanted);
  if (measured === undefined) return notMeasured;
  const { layers, baseline, samples, inputs } = measured;
  const byPath = new Map(layers.map(({ path, output }) => [path, output.sqnrDb] as const));
  const origin = inputs === 'data' ? 'of the data' : 'that are made up';
  const together = baseline.sqnrDb === null ? '' : ` All layers together: ${formatDecibels(baseline.sqnrDb)}.`;
  const source = `On ${formatCounted(samples, 'sample')} ${origin}, on WASM, each layer alone rounded to nearest.${together}`;
  return { state: 'known', byPath, source };
}
