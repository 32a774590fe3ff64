/**
 * Times of batches of a model, measured on this device when a person asks, or by `measure-server` on another one. Times
 * of this device are kept by the files, the provider and its threads. They are hidden if the sizes of inputs differ, or
 * if they lack the set lengths of texts.
 * Times of a server belong to the bytes that it ran.
 */
import { createStore } from 'zustand/vanilla';
import { withoutBatchSizes, withSuggestedDimensions } from '../../../engine/data/free-dimensions';
import type { Feeds, FreeDimensions } from '../../../engine/data/feeds';
import { formatProvider } from '../../../engine/format';
import type { ExecutionProvider } from '../../../engine/metrics/cell';
import type { Progress } from '../../../engine/progress';
import { textDimensions } from '../../../engine/serving/length-padding';
import {
  answerDelaysMs,
  servedTimes,
  serverThreads,
  type ServerMeasurement,
} from '../../../engine/serving/server-measurement';
import { mostServedSamples } from '../../../engine/serving/service-times';
import { lengthsToTime, type LengthShare, type TextTimes } from '../../../engine/serving/text-lengths';
import type { MeasuredBatches, ModelFiles } from '../../jobs/jobs';
import { announce } from '../window/app-store';
import { filesOf, originalFilesKey } from '../../platform/file-registry';
import { serverMeasurementOf } from '../benchmark/server-measurements';
import { inputsOfData } from '../data/inputs-of-data';
import { currentJobs, runJob } from '../jobs/job-runner';
import { selectedModel } from '../recipe/selected-model';
import { sameDimensions, selectRuntimeProviders } from '../workspace/selectors';
import { originalId, workspaceStore, type WorkspaceState } from '../workspace/workspace-store';
import { servingSettingsStore, sharesOf, suggestServingWaits } from './serving-settings';

/** The runtime of the model: a provider of this device, or ONNX Runtime under a measured server. */
export type ServingRuntime = ExecutionProvider | 'native';

export interface MeasuredBatchTimes extends MeasuredBatches {
  readonly runtime: ServingRuntime;
  readonly threads: number;
  /** Sizes without the batch. */
  readonly sizes: FreeDimensions;
  /** The data that the inputs were to come from; `null`: there was none. */
  readonly dataKey: string | null;
  /** The server of the times, unless they are of this device. */
  readonly server?: ServerMeasurement;
  /** Times of answers beyond their batches, of a server. */
  readonly answerDelaysMs?: readonly number[];
}

/** Times are dropped together with their files. One entry for each provider and number of threads. */
const measured = new WeakMap<ModelFiles, readonly DeviceTimes[]>();

type DeviceTimes = MeasuredBatchTimes & {
  /** Threads that were asked for; `null`: as many as the device is best with. */
  readonly askedThreads: number | null;
};

interface BatchTimesState {
  /** The runtime that the server uses. */
  readonly runtime: ServingRuntime;
  /** A counter that grows with each measurement. */
  readonly measurements: number;
}

export const batchTimesStore = createStore<BatchTimesState>(() => ({ runtime: 'wasm', measurements: 0 }));

export function setServingRuntime(runtime: ServingRuntime): void {
  batchTimesStore.setState({ runtime });
}

export function formatRuntime(runtime: ServingRuntime): string {
  return runtime === 'native' ? 'Native server' : formatProvider(runtime);
}

/** Returns the same object for the same document, because a simulation starts anew for other times. */
const timesOfServers = new WeakMap<ServerMeasurement, MeasuredBatchTimes>();

function timesOfServer(server: ServerMeasurement): MeasuredBatchTimes {
  const known = timesOfServers.get(server);
  if (known !== undefined) return known;
  const times: MeasuredBatchTimes = {
    ...{ ...servedTimes(server), inputs: server.inputs.kind, runtime: 'native', server },
    ...{ threads: serverThreads(server), sizes: {}, dataKey: null, answerDelaysMs: answerDelaysMs(server) },
    ...(server.server.maxBatch === 1 && { fixedBatch: 'The measured server runs requests one by one.' }),
  };
  timesOfServers.set(server, times);
  return times;
}

/** The times that a server measured for the bytes of a row of the workspace. */
export function serverTimesOf(state: WorkspaceState, id: string): MeasuredBatchTimes | null {
  const variant = state.variants.find((each) => each.id === id);
  const sha256 = variant === undefined ? state.original?.inspection.file.sha256 : variant.optimization.variant.sha256;
  const server = serverMeasurementOf(sha256);
  return server === undefined ? null : timesOfServer(server);
}

/** The choices for the selected row: providers of this device, and a server that ran its bytes. */
export function servingRuntimes(state: WorkspaceState): readonly ServingRuntime[] {
  const isServed = serverTimesOf(state, state.selected) !== null;
  return [...selectRuntimeProviders(state), ...(isServed ? (['native'] as const) : [])];
}

/** The chosen runtime, or WASM if the selected row does not have it. */
export function servingRuntime(state: WorkspaceState, known: BatchTimesState): ServingRuntime {
  return servingRuntimes(state).includes(known.runtime) ? known.runtime : 'wasm';
}

/** The times of these files with the current sizes and threads. */
export function batchTimesOf(
  files: ModelFiles | undefined,
  ep: ExecutionProvider,
  state: WorkspaceState,
): MeasuredBatchTimes | null {
  const { threads } = state;
  return measuredHere(files, ep, state).find(({ askedThreads }) => askedThreads === threads) ?? null;
}

/** The times for each measured number of threads. */
export function batchTimesByThreads(
  files: ModelFiles,
  ep: ExecutionProvider,
  state: WorkspaceState,
): ReadonlyMap<number, MeasuredBatchTimes> {
  return new Map(measuredHere(files, ep, state).map((times) => [times.threads, times]));
}

function measuredHere(
  files: ModelFiles | undefined,
  ep: ExecutionProvider,
  state: WorkspaceState,
): readonly DeviceTimes[] {
  const found = files === undefined || state.original === null ? [] : (measured.get(files) ?? []);
  const shares = textsOf(state)?.shares;
  return found.filter(
    ({ runtime, sizes, dataKey, texts }) =>
      runtime === ep &&
      sameDimensions(sizes, sizesOf(state, ep)) &&
      dataKey === dataKeyOf(state) &&
      (shares === undefined ? texts === undefined : texts !== undefined && coversLengths(texts, shares)),
  );
}

/** The set lengths of texts, and the dimensions that are the length; `null` if none are set, and for a model without texts. */
function textsOf({ original }: WorkspaceState) {
  const shares = sharesOf(servingSettingsStore.getState());
  const dimensions = textDimensions(original?.inspection.inputs ?? []);
  return shares && dimensions && { shares, dimensions };
}

/** True if times between measured lengths are known for all of these. Beyond the longest they would be too short. */
function coversLengths({ byLength }: TextTimes, shares: readonly LengthShare[]): boolean {
  const lengthsOf = (items: readonly { readonly length: number }[]) => items.map(({ length }) => length);
  const [timed, set] = [lengthsOf(byLength), lengthsOf(shares)];
  return Math.min(...timed) <= Math.min(...set) && Math.max(...timed) >= Math.max(...set);
}

/** True for a runtime on which texts of several lengths can be simulated: any of this device, or a server that pads texts. */
export function hasTextLengths(state: WorkspaceState, known: BatchTimesState): boolean {
  if (textDimensions(state.original?.inspection.inputs ?? []) === null) return false;
  return servingRuntime(state, known) !== 'native' || serverTimesOf(state, state.selected)?.texts !== undefined;
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
  const wanted = batchTimesStore.getState().runtime;
  const runtime = servingRuntime(state, batchTimesStore.getState());
  // This device has no other way to run the model of a server.
  const ep = runtime === 'native' ? 'wasm' : runtime;
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
      const { times } = await measureFiles(
        files,
        { ep, samples, threads: state.threads },
        { signal: job.signal, onProgress },
      );
      if (index === 0) suggestServingWaits(times);
    }
    // Times of a server may have been opened meanwhile.
    if (batchTimesStore.getState().runtime === wanted) setServingRuntime(ep);
    announce(`Measured batches of ${model.name}.`);
  });
}

export async function measureFiles(
  files: ModelFiles,
  {
    ep,
    samples,
    threads: askedThreads,
  }: {
    readonly ep: ExecutionProvider;
    readonly samples: readonly Feeds[];
    /** `null`: as many as the device is best with. */
    readonly threads: number | null;
  },
  job: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
): Promise<MeasuredBatches> {
  const state = workspaceStore.getState();
  const sizes = sizesOf(state, ep);
  const batches = sizesToMeasure(servingSettingsStore.getState().maxBatch);
  const threads = askedThreads ?? undefined;
  const set = textsOf(state);
  const texts = set && { lengths: lengthsToTime(set.shares), dimensions: set.dimensions };
  const asked = {
    files,
    ep,
    threads,
    freeDimensions: sizes,
    batches,
    seed: state.seed,
    samples,
    ...(texts && { texts }),
  };
  const found = await currentJobs().benchmarks.measureBatches(job, asked);
  // Times with and without lengths are kept beside each other.
  const others = (measured.get(files) ?? []).filter(
    (one) => one.runtime !== ep || one.askedThreads !== askedThreads || (one.texts === undefined) !== (texts === null),
  );
  measured.set(files, [...others, { ...found, runtime: ep, sizes, askedThreads, dataKey: dataKeyOf(state) }]);
  batchTimesStore.setState(({ measurements }) => ({ measurements: measurements + 1 }));
  return found;
}

/** A row of the workspace whose batches were measured. */
export interface MeasuredRow {
  readonly id: string;
  readonly times: MeasuredBatchTimes;
}

/**
 * The selected row, then the one that it is compared with: the original, or the first variant. Returns none if the
 * selected row was not measured.
 */
export function measuredRows(state: WorkspaceState, known: BatchTimesState): readonly MeasuredRow[] {
  const runtime = servingRuntime(state, known);
  const others = state.selected === originalId ? state.variants.map(({ id }) => id) : [originalId];
  const rows = [state.selected, ...others].map((id) => {
    const key = state.variants.find((variant) => variant.id === id)?.filesKey ?? originalFilesKey;
    const times = runtime === 'native' ? serverTimesOf(state, id) : batchTimesOf(filesOf(key), runtime, state);
    return { id, times };
  });
  const measuredOnes = rows.filter((row): row is MeasuredRow => row.times !== null);
  return rows[0]!.times === null ? [] : measuredOnes.slice(0, 2);
}
