/** A search for the settings of the server that reach a target at a load, and its result. */
import { createStore } from 'zustand/vanilla';
import { servedTimesByThreads, type ServerMeasurement } from '../../../engine/serving/server-measurement';
import { mostServedSamples } from '../../../engine/serving/service-times';
import type { ServedTimes } from '../../../engine/serving/text-lengths';
import type { TunedServing, TuneRequest } from '../../../engine/serving/tune-serving';
import { announce } from '../window/app-store';
import { inputsOfData } from '../data/inputs-of-data';
import { currentJobs, runJob, type JobHandle } from '../jobs/job-runner';
import { selectedModel, type SelectedModel } from '../recipe/selected-model';
import { mostThreads, setThreads } from '../workspace/measurement-actions';
import { workspaceStore, type WorkspaceState } from '../workspace/workspace-store';
import {
  batchTimesByThreads,
  batchTimesOf,
  batchTimesStore,
  measureFiles,
  serverTimesOf,
  servingRuntime,
  type MeasuredBatchTimes,
} from './batch-times';
import {
  changeServingSettings,
  loadOf,
  recordingStore,
  servingSettingsStore,
  sharesOf,
  type ServingSettings,
} from './serving-settings';

interface TuningState {
  /** The target of the search: its result is shown while model, load and target are the same. */
  readonly objective: string | null;
  readonly tuned: TunedServing | null;
}

export const tuningStore = createStore<TuningState>(() => ({ objective: null, tuned: null }));

/** The model, its inputs, the load and the target that settings are searched for. The settings themselves are not part of it. */
export function objectiveOf(
  { selected }: WorkspaceState,
  { runtime, sizes, dataKey }: MeasuredBatchTimes,
  settings: ServingSettings,
  recording: File | null,
): string {
  const { maxBatch: _batch, maxWaitMs: _wait, instances: _instances, liveS: _live, ...asked } = settings;
  const { name, size, lastModified } = recording ?? {};
  const replayed = settings.kind === 'replay' ? [name, size, lastModified] : null;
  return JSON.stringify([selected, runtime, sizes, dataKey, asked, replayed]);
}

/** Threads that are measured for a search on this device: ONNX Runtime for WASM gains little from more. */
const threadCounts = [1, 2, 4] as const;

export async function tuneServer(): Promise<void> {
  const model = await selectedModel();
  if (model === null) return;
  const state = workspaceStore.getState();
  const runtime = servingRuntime(state, batchTimesStore.getState());
  const times = runtime === 'native' ? serverTimesOf(state, state.selected) : batchTimesOf(model.files, runtime, state);
  if (times === null) return;
  const settings = servingSettingsStore.getState();
  const recording = recordingStore.getState().file;
  await runJob('tune-server', model.name, async (job) => {
    const timesByThreads =
      times.server === undefined ? await timesHere(job, model, times) : timesOfServer(times.server, settings);
    const cores = times.server?.server.cores ?? (runtime === 'wasm' ? (state.device?.cores ?? 1) : times.threads);
    const request = tuneRequestOf(settings, times, { timesByThreads, cores });
    const tuned = await currentJobs().serving.tune(job, request, recording);
    tuningStore.setState({ objective: objectiveOf(state, times, settings, recording), tuned });
    announce(`Found settings for ${model.name}.`);
  });
}

function tuneRequestOf(
  settings: ServingSettings,
  times: MeasuredBatchTimes,
  measured: Pick<TuneRequest, 'timesByThreads' | 'cores'>,
): TuneRequest {
  const asked = loadOf(settings, times);
  const { policy, targetMs, answerDelaysMs, times: batchTimes, texts: _texts, instances: _instances, ...load } = asked;
  const { maxBatch: _batch, maxWaitMs: _wait, ...limits } = policy;
  const mostBatch = times.fixedBatch === undefined ? batchTimes.at(-1)!.batch : 1;
  return { load, policy: limits, ...measured, answerDelaysMs, mostBatch, targetMs };
}

/** Of texts, only the server's own number of threads was measured. */
function timesOfServer(server: ServerMeasurement, settings: ServingSettings): ReadonlyMap<number, ServedTimes> {
  const all = [...servedTimesByThreads(server)];
  const hasLengths = sharesOf(settings) !== null && all.some(([, { texts }]) => texts !== undefined);
  return new Map(
    hasLengths
      ? all.filter(([, { texts }]) => texts !== undefined)
      : all.map(([threads, { times }]) => [threads, { times }] as const),
  );
}

/** Times WASM with each number of threads that the device has. Other providers have no threads to choose. */
async function timesHere(
  job: JobHandle,
  { files }: SelectedModel,
  { runtime, threads, times, texts }: MeasuredBatchTimes,
): Promise<ReadonlyMap<number, ServedTimes>> {
  const state = workspaceStore.getState();
  const known = new Map<number, ServedTimes>([[threads, { times, texts }]]);
  const { device } = state;
  if (runtime !== 'wasm' || device === null) return known;
  for (const [each, found] of batchTimesByThreads(files, runtime, state)) known.set(each, found);
  const most = mostThreads(device);
  const missing = threadCounts.filter((each) => each <= most && !known.has(each));
  const samples = missing.length === 0 ? [] : ((await inputsOfData(job.signal, state, mostServedSamples)) ?? []);
  for (const [index, each] of missing.entries()) {
    const onProgress: JobHandle['onProgress'] = ({ stage, done, total }) =>
      job.onProgress({ stage, done: index * total + done, total: total * missing.length });
    known.set(each, await measureFiles(files, { ep: runtime, samples, threads: each }, { ...job, onProgress }));
  }
  return known;
}

/** Applies the best settings of a search; on WASM also the threads, which were measured with it. */
export function applyTuned({ best }: TunedServing, times: MeasuredBatchTimes): void {
  const { maxBatch, maxWaitMs, instances, threads } = best;
  changeServingSettings({ maxBatch, maxWaitMs, instances });
  if (times.runtime === 'wasm' && threads !== times.threads) setThreads(threads);
}
