/**
 * Measurements of one model alone: a sweep over the values of a setting, memory, time to a first output, a sustained run,
 * and a trace. They run on WASM. Layouts are measured on WebGPU, and the bottleneck on either. Sweeps belong to the work,
 * so that reports hold them. Other results are facts about files, so the files are their keys. Results are hidden once
 * sizes or threads differ.
 */
import { createStore } from 'zustand/vanilla';
import { withSuggestedDimensions } from '../../../engine/data/free-dimensions';
import type { FreeDimensions } from '../../../engine/data/feeds';
import { formatCounted } from '../../../engine/format';
import { describeSustained, type SustainedRun } from '../../../engine/profiling/sustained';
import {
  axisRecord,
  describeSweep,
  fixedSizes,
  type MeasuredSweep,
  type SweptValue,
} from '../../../engine/profiling/sweep';
import type {
  MeasuredRoofline,
  MemoryProgress,
  ModelFiles,
  PageIsMeasured,
  PageMemoryFigures,
  RunningCall,
  SweepProgress,
} from '../../jobs/jobs';
import { withoutModelEnding } from '../../platform/model-name';
import { measurePageMemory, type PageMemory } from '../../platform/page-memory';
import { saveBlob } from '../../platform/save-blob';
import { announce } from '../window/app-store';
import { currentJobs, runJob } from '../jobs/job-runner';
import { selectedModel, type SelectedModel } from '../recipe/selected-model';
import { sameDimensions } from '../workspace/selectors';
import { originalId, workspaceStore, type WorkspaceState } from '../workspace/workspace-store';
import { mostThreads, recordSweep } from '../workspace/measurement-actions';

export interface MeasuredMemory extends PageMemoryFigures {
  /** The memory of the page while the session is open. `null` if the browser does not have it. */
  readonly page: PageMemory | null;
}

interface MeasuredAlone {
  readonly freeDimensions: FreeDimensions;
  readonly threads: number | null;
  readonly memory?: MeasuredMemory;
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

/** Sizes from a quarter of the current one to twice it. Multiples of 32 stay such, because networks of pictures need them. */
function sweptSizes(size: number): readonly number[] {
  const step = size % 32 === 0 ? 32 : 1;
  const near = [size / 4, size / 2, size, size * 2].map((each) => Math.max(1, Math.round(each / step)) * step);
  return [...new Set(near)];
}

function sweptValues(axis: string, state: WorkspaceState): readonly SweptValue[] {
  if (axis === 'batch') return sweptBatches;
  if (axis === 'threads') return sweptThreads(state);
  const { allowed } = axisRecord(axis);
  if (typeof allowed !== 'number') return allowed;
  return sweptSizes(withSuggestedDimensions(state.original?.inspection.inputs ?? [], state.freeDimensions)[axis] ?? 1);
}

export function requestOfSelected({ files }: SelectedModel, { freeDimensions, seed, threads }: WorkspaceState) {
  return { files, ep: 'wasm' as const, threads: threads ?? undefined, freeDimensions, seed };
}

/** Measures the selected model at each value of a setting. */
export async function sweepSelected(axis: string): Promise<void> {
  const model = await selectedModel();
  if (model === null) return;
  const state = workspaceStore.getState();
  const asked = requestOfSelected(model, state);
  // Each value of the axis sets its own sizes.
  const freeDimensions = fixedSizes(axis, model.inspection.inputs, asked.freeDimensions);
  const subject = `${model.name} by ${axisRecord(axis).noun}`;
  await runJob('sweep', subject, async (job) => {
    const over = { axis, values: sweptValues(axis, state) };
    const following = {
      ...job,
      onProgress: (progress: SweepProgress) => ('kind' in progress ? undefined : job.onProgress(progress)),
    };
    const request = { ...asked, freeDimensions, budget: state.budget };
    const swept = await currentJobs().benchmarks.sweep(following, request, over);
    recordSweep({
      ...swept,
      ...{ variant: model.variant?.id ?? originalId, axis, measuredAt: new Date().toISOString() },
      freeDimensions: fixedSizes(axis, state.original?.inspection.inputs ?? [], state.freeDimensions),
    });
    announce(`Measured ${subject}. ${describeSweep(swept.points)}`);
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
    let page: PageMemory | null = null;
    let call: RunningCall<PageIsMeasured> | undefined;
    const following = {
      signal: job.signal,
      onStart: (started: RunningCall<PageIsMeasured>) => void (call = started),
      async onProgress(progress: MemoryProgress) {
        job.onProgress(progress);
        if (progress.isOpen !== true) return;
        page = await measurePageMemory();
        call?.tell('page is measured');
      },
    };
    const memory = await currentJobs().benchmarks.memory(following, requestOfSelected(model, state));
    recordAlone(model.files, state, { memory: { ...memory, page } });
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

/** The sweeps of the kept variants that were measured with the present sizes and threads. */
export function selectCurrentSweeps({
  sweeps,
  original,
  variants,
  freeDimensions,
  threads,
}: Pick<WorkspaceState, 'sweeps' | 'original' | 'variants' | 'freeDimensions' | 'threads'>): readonly MeasuredSweep[] {
  const known = new Set([originalId, ...variants.map(({ id }) => id)]);
  const inputs = original?.inspection.inputs ?? [];
  return Object.values(sweeps).filter((sweep) => {
    const { variant, axis, ep } = sweep;
    const dependsOnThreads = ep === 'wasm' && axis !== 'threads' && threads !== null;
    return (
      known.has(variant) &&
      !(dependsOnThreads && sweep.threads !== threads) &&
      sameDimensions(sweep.freeDimensions, fixedSizes(axis, inputs, freeDimensions))
    );
  });
}
