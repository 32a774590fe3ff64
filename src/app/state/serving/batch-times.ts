/**
 * How long batches of a model take on this device, measured when a person asks. Facts about files: kept by the files themselves
 * and the provider, and not shown any more once the sizes of inputs or the threads are others.
 */
import { createStore } from 'zustand/vanilla';
import { withoutBatchSizes, withSuggestedDimensions } from '../../../engine/data/free-dimensions';
import type { Feeds, FreeDimensions } from '../../../engine/data/feeds';
import type { ExecutionProvider } from '../../../engine/metrics/cell';
import type { Progress } from '../../../engine/progress';
import { mostServedSamples } from '../../../engine/serving/service-times';
import type { MeasuredBatches, ModelFiles } from '../../jobs/jobs';
import { announce } from '../window/app-store';
import { filesOf, originalFilesKey } from '../../platform/file-registry';
import { inputsOfData } from '../data/inputs-of-data';
import { currentJobs, runJob } from '../jobs/job-runner';
import { selectedModel } from '../recipe/selected-model';
import { sameDimensions, selectAvailableProviders } from '../workspace/selectors';
import { originalId, workspaceStore, type WorkspaceState } from '../workspace/workspace-store';
import { servingSettingsStore, suggestServingWaits } from './serving-settings';

export interface MeasuredBatchTimes extends MeasuredBatches {
  readonly ep: ExecutionProvider;
  readonly threads: number;
  /** Without the batch. */
  readonly sizes: FreeDimensions;
  /** Threads that were asked for; `null`: as many as the device is best with. */
  readonly askedThreads: number | null;
  /** The data that the inputs were to come from; `null`: there was none. */
  readonly dataKey: string | null;
}

/** Files that are let go take what was measured of them along. */
const measured = new WeakMap<ModelFiles, ReadonlyMap<ExecutionProvider, MeasuredBatchTimes>>();

interface BatchTimesState {
  /** Where the server is to run the model. */
  readonly provider: ExecutionProvider;
  /** Grows as something is measured. */
  readonly measurements: number;
}

export const batchTimesStore = createStore<BatchTimesState>(() => ({ provider: 'wasm', measurements: 0 }));

export function setServingProvider(provider: ExecutionProvider): void {
  batchTimesStore.setState({ provider });
}

/** The chosen provider, or WASM where this device does not have it. */
export function servingProvider(state: WorkspaceState, { provider }: BatchTimesState): ExecutionProvider {
  return selectAvailableProviders(state).includes(provider) ? provider : 'wasm';
}

/** What was measured of these files with the sizes and threads set now. */
export function batchTimesOf(
  files: ModelFiles | undefined,
  ep: ExecutionProvider,
  state: WorkspaceState,
): MeasuredBatchTimes | null {
  const found = files === undefined ? undefined : measured.get(files)?.get(ep);
  if (found === undefined || state.original === null) return null;
  const isOfData = found.dataKey === dataKeyOf(state);
  const isCurrent = found.askedThreads === state.threads && sameDimensions(found.sizes, sizesOf(state, ep));
  return isCurrent && isOfData ? found : null;
}

function dataKeyOf({ data }: WorkspaceState): string | null {
  return data?.evaluation.key ?? null;
}

/** The batch is what is varied; WebNN fixes every size when it loads the model. */
function sizesOf({ original, freeDimensions }: WorkspaceState, ep: ExecutionProvider): FreeDimensions {
  const inputs = original?.inspection.inputs ?? [];
  const sizes = withoutBatchSizes(inputs, freeDimensions);
  return ep.startsWith('webnn') ? withSuggestedDimensions(inputs, sizes) : sizes;
}

const fewestLargest = 8;

/** 1, 2, 4 … up to the largest batch that is set, at least to 8: smaller settings then need no other measurement. */
function sizesToMeasure(largest: number): readonly number[] {
  const sizes = [1];
  while (sizes.at(-1)! < Math.max(largest, fewestLargest)) sizes.push(sizes.at(-1)! * 2);
  return sizes;
}

/** Measures batches of the selected variant, or of the original; with a variant also those of the original, to compare with. */
export async function measureBatchTimes(): Promise<void> {
  const model = await selectedModel();
  if (model === null) return;
  const state = workspaceStore.getState();
  const ep = servingProvider(state, batchTimesStore.getState());
  const original = filesOf(originalFilesKey);
  const toMeasure = [model.files];
  if (original !== undefined && original !== model.files && batchTimesOf(original, ep, state) === null) {
    toMeasure.push(original);
  }
  await runJob('measure-batches', model.name, async (job) => {
    const samples = (await inputsOfData(job.signal, state, mostServedSamples)) ?? [];
    for (const [index, files] of toMeasure.entries()) {
      const onProgress = ({ stage, done, total }: Progress): void =>
        job.onProgress({ stage, done: index * total + done, total: total * toMeasure.length });
      await measureFiles(files, { ep, samples, isSelected: index === 0 }, { signal: job.signal, onProgress });
    }
    announce(`Measured batches of ${model.name}.`);
  });
}

async function measureFiles(
  files: ModelFiles,
  {
    ep,
    samples,
    isSelected,
  }: { readonly ep: ExecutionProvider; readonly samples: readonly Feeds[]; readonly isSelected: boolean },
  job: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
): Promise<void> {
  const state = workspaceStore.getState();
  const sizes = sizesOf(state, ep);
  const { seed, threads: askedThreads } = state;
  const batches = sizesToMeasure(servingSettingsStore.getState().maxBatch);
  const threads = askedThreads ?? undefined;
  const asked = { files, ep, threads, freeDimensions: sizes, batches, seed, samples };
  const found = await currentJobs().benchmarks.measureBatches(job, asked);
  if (isSelected) suggestServingWaits(found.times);
  const before = measured.get(files) ?? new Map<ExecutionProvider, MeasuredBatchTimes>();
  measured.set(files, new Map([...before, [ep, { ...found, ep, sizes, askedThreads, dataKey: dataKeyOf(state) }]]));
  batchTimesStore.setState(({ measurements }) => ({ measurements: measurements + 1 }));
}

/** A row of the workspace whose batches were measured. */
export interface MeasuredRow {
  readonly id: string;
  readonly times: MeasuredBatchTimes;
}

/** The selected row, then the one that it is compared with: the original, or the first variant. None where it was not measured. */
export function measuredRows(state: WorkspaceState, ep: ExecutionProvider): readonly MeasuredRow[] {
  const others = state.selected === originalId ? state.variants.map(({ id }) => id) : [originalId];
  const rows = [state.selected, ...others].map((id) => {
    const key = state.variants.find((variant) => variant.id === id)?.filesKey ?? originalFilesKey;
    return { id, times: batchTimesOf(filesOf(key), ep, state) };
  });
  const measuredOnes = rows.filter((row): row is MeasuredRow => row.times !== null);
  return rows[0]!.times === null ? [] : measuredOnes.slice(0, 2);
}
