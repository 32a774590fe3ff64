/**
 * The facts that the first labels of the data show about the task. The type of a field does not show if numbers are
 * classes. The labels are read as an evaluation reads them, so that the page names the task that will be evaluated.
 * They are read again when they change.
 */
import { createStore } from 'zustand/vanilla';
import { isParetoError } from '../../../engine/errors';
import type { KnownLabels } from '../../../engine/data/mapping/detect-task';
import { dataFilesOf } from '../../platform/file-registry';
import { declaredLabels } from './data-mapping';
import { usedSplit } from './calibration';
import { currentJobs } from '../jobs/job-runner';
import type { WorkData } from '../workspace/workspace-store';

interface PeekedLabels {
  /** The data, and the labels within it. */
  readonly subject: string;
  /** The samples of the data. */
  readonly split: string;
  readonly labels: KnownLabels | null;
}

interface KnownLabelsState {
  readonly peeked: PeekedLabels | null;
}

export const knownLabelsStore = createStore<KnownLabelsState>(() => ({ peeked: null }));

function subjectOf({ evaluation, mapping }: WorkData): string {
  return JSON.stringify([evaluation.key, mapping.labels]);
}

/**
 * The labels as the data describes them until they are read. Labels of another split stay until those of the current
 * one are there.
 */
export function knownLabelsOf({ peeked }: KnownLabelsState, data: WorkData): KnownLabels | null {
  if (peeked?.subject === subjectOf(data)) return peeked.labels;
  return declaredLabels(data.mapping.labels, data.evaluation.description);
}

/** Makes sure that the labels are known. Does nothing while the files are not at hand. */
export async function peekLabels(signal: AbortSignal, data: WorkData): Promise<void> {
  const files = dataFilesOf(data.evaluation.key);
  const { peeked } = knownLabelsStore.getState();
  const used = usedSplit(data);
  const [subject, split] = [subjectOf(data), JSON.stringify(used)];
  if (files === undefined || (peeked?.subject === subject && peeked.split === split)) return;
  try {
    const labels = await currentJobs().data.labels({ signal }, files, { labels: data.mapping.labels, split: used });
    if (!signal.aborted) knownLabelsStore.setState({ peeked: { subject, split, labels } });
  } catch (error) {
    // The mapping of the labels and the evaluation report problems with the labels.
    if (!isParetoError(error)) throw error;
  }
}
