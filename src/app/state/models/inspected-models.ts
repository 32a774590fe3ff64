/**
 * Inspections of the models of the work: graphs, shapes and MACs for the chosen sizes. They follow from files and
 * sizes, so they are computed when something shows them, while no job runs, and kept until either changes.
 */
import { createStore } from 'zustand/vanilla';
import type { FreeDimensions } from '../../../engine/data/feeds';
import type { InspectedModel, ModelFiles } from '../../jobs/jobs';
import { filesOf } from '../../platform/file-registry';
import { whileNothingMeasures } from '../jobs/idle-work';
import { currentJobs, sentenceOf } from '../jobs/job-runner';
import { sameDimensions } from '../workspace/selectors';

export interface InspectedModelEntry {
  readonly files: ModelFiles;
  readonly dimensions: FreeDimensions;
  /** The inspection. While new sizes are being computed, it is that of the earlier sizes. */
  readonly inspected: InspectedModel | null;
  readonly pending: boolean;
  /** The reason why there is none, as a sentence. */
  readonly problem: string | null;
}

interface InspectedModelsState {
  /** Entries by files key. */
  readonly entries: Readonly<Record<string, InspectedModelEntry>>;
}

export const inspectedModelsStore = createStore<InspectedModelsState>(() => ({ entries: {} }));

const running = new Map<string, AbortController>();

function setEntry(filesKey: string, entry: InspectedModelEntry): void {
  inspectedModelsStore.setState(({ entries }) => ({ entries: { ...entries, [filesKey]: entry } }));
}

/** The entry, unless it is about files that were replaced since. */
export function inspectedModelOf({ entries }: InspectedModelsState, filesKey: string): InspectedModelEntry | null {
  const entry = entries[filesKey];
  return entry !== undefined && entry.files === filesOf(filesKey) ? entry : null;
}

/** Makes sure that the inspected model is there or on its way. Does nothing while the files are not at hand. */
export function ensureInspected(filesKey: string, dimensions: FreeDimensions): void {
  const files = filesOf(filesKey);
  if (files === undefined) return;
  const before = inspectedModelOf(inspectedModelsStore.getState(), filesKey);
  if (before !== null && sameDimensions(before.dimensions, dimensions)) return;
  running.get(filesKey)?.abort(new DOMException('Other sizes were chosen.', 'AbortError'));
  const controller = new AbortController();
  running.set(filesKey, controller);
  const base = { files, dimensions };
  setEntry(filesKey, { ...base, inspected: before?.inspected ?? null, pending: true, problem: null });
  const settle = (result: Pick<InspectedModelEntry, 'inspected' | 'problem'>): void => {
    if (running.get(filesKey) !== controller) return;
    running.delete(filesKey);
    setEntry(filesKey, { ...base, ...result, pending: false });
  };
  whileNothingMeasures(controller.signal, (attempt) =>
    currentJobs().inspections.inspect({ signal: attempt }, files, dimensions),
  ).then(
    (inspected) => settle({ inspected, problem: null }),
    (error: unknown) => settle({ inspected: null, problem: sentenceOf(error) }),
  );
}
