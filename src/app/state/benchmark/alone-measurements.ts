/**
 * Measurements of one model alone, on WASM: throughput over batch sizes and threads, memory, time to a first output, a
 * sustained run, and a trace. The bottleneck is measured on WASM or WebGPU. They are facts about files, kept by the
 * files themselves, and hidden once sizes or threads differ.
 */
import { createStore } from 'zustand/vanilla';
import { withoutBatchSizes } from '../../../engine/data/free-dimensions';
import type { FreeDimensions } from '../../../engine/data/feeds';
import { formatCounted } from '../../../engine/format';
import { describeSustained, type SustainedRun } from '../../../engine/profiling/sustained';
import type { MeasuredRoofline, MemoryFigures, ModelFiles, SweepAxis, SweptThroughput } from '../../jobs/jobs';
import { withoutModelEnding } from '../../platform/model-name';
import { saveBlob } from '../../platform/save-blob';
import { announce } from '../window/app-store';
import { currentJobs, runJob } from '../jobs/job-runner';
import { selectedModel, type SelectedModel } from '../recipe/selected-model';
import { sameDimensions } from '../workspace/selectors';
import { workspaceStore, type WorkspaceState } from '../workspace/workspace-store';
import { mostThreads } from '../workspace/measurement-actions';

export type SweptAxis = SweepAxis['axis'];

interface MeasuredAlone {
  readonly freeDimensions: FreeDimensions;
  readonly threads: number | null;
  readonly batch?: SweptThroughput;
  readonly threadCounts?: SweptThroughput;
  readonly memory?: MemoryFigures;
  readonly sustained?: SustainedRun;
  readonly limits?: MeasuredRoofline;
}

/** Files that are let go take what was measured of them along. */
const measured = new WeakMap<ModelFiles, MeasuredAlone>();

/** Counts measurements, so that views notice a new one. */
export const aloneStore = createStore<{ readonly measurements: number }>(() => ({ measurements: 0 }));

type Settings = Pick<WorkspaceState, 'freeDimensions' | 'threads'>;

/** Returns the measurements of these files with the current sizes and threads. */
export function measuredAlone(files: ModelFiles | undefined, { freeDimensions, threads }: Settings): MeasuredAlone {
  const found = files === undefined ? undefined : measured.get(files);
  const isCurrent =
    found !== undefined && found.threads === threads && sameDimensions(found.freeDimensions, freeDimensions);
  return isCurrent ? found : { freeDimensions, threads };
}

export function recordAlone(files: ModelFiles, settings: Settings, found: Partial<MeasuredAlone>): void {
  measured.set(files, { ...measuredAlone(files, settings), ...found });
  aloneStore.setState(({ measurements }) => ({ measurements: measurements + 1 }));
}

const sweptBatches = [1, 2, 4, 8, 16, 32];

/** 1, 2, 4 … and as many as there are. */
function sweptThreads({ device }: WorkspaceState): readonly number[] {
  const most = device === null ? 1 : mostThreads(device);
  const powers = [1, 2, 4, 8, 16, 32, 64].filter((count) => count < most);
  return [...powers, most];
}

export function requestOfSelected({ files }: SelectedModel, { freeDimensions, seed, threads }: WorkspaceState) {
  return { files, ep: 'wasm' as const, threads: threads ?? undefined, freeDimensions, seed };
}

/** Throughput of the selected model over batch sizes or threads. */
export async function sweepSelected(axis: SweptAxis): Promise<void> {
  const model = await selectedModel();
  if (model === null) return;
  const state = workspaceStore.getState();
  const asked = requestOfSelected(model, state);
  const freeDimensions =
    axis === 'batch' ? withoutBatchSizes(model.inspection.inputs, asked.freeDimensions) : asked.freeDimensions;
  const values = axis === 'batch' ? sweptBatches : sweptThreads(state);
  const subject = `${model.name} over ${axis === 'batch' ? 'batch sizes' : 'threads'}`;
  await runJob('sweep', subject, async (job) => {
    const swept = await currentJobs().benchmarks.sweep(job, { ...asked, freeDimensions }, { axis, values });
    recordAlone(model.files, state, axis === 'batch' ? { batch: swept } : { threadCounts: swept });
    announce(`Measured the throughput of ${subject}.`);
  });
}

/** Runs the selected model for minutes. */
export async function sustainSelected(minutes: number): Promise<void> {
  const model = await selectedModel();
  if (model === null) return;
  const state = workspaceStore.getState();
  const subject = `${model.name} for ${formatCounted(minutes, 'minute')}`;
  await runJob('sustained', subject, async (job) => {
    const asked = { ...requestOfSelected(model, state), durationMs: minutes * 60_000 };
    const sustained = await currentJobs().benchmarks.sustained(job, asked);
    recordAlone(model.files, state, { sustained });
    announce(describeSustained(sustained));
  });
}

/** Memory and cold start of the selected model. */
export async function measureSelectedMemory(): Promise<void> {
  const model = await selectedModel();
  if (model === null) return;
  const state = workspaceStore.getState();
  await runJob('measure-memory', model.name, async (job) => {
    const memory = await currentJobs().benchmarks.memory(job, requestOfSelected(model, state));
    recordAlone(model.files, state, { memory });
    announce(`Measured the memory of ${model.name}.`);
  });
}

/** Saves a few runs of the selected model as a file that Chrome's and Perfetto's viewers open. */
export async function traceSelected(): Promise<void> {
  const model = await selectedModel();
  if (model === null) return;
  const state = workspaceStore.getState();
  const { name } = model.inspection.file;
  await runJob('trace', model.name, async (job) => {
    const trace = await currentJobs().benchmarks.trace(job, requestOfSelected(model, state), name);
    saveBlob(trace, `${withoutModelEnding(name)}.trace.json`);
  });
}
