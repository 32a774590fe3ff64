/** The calls of the app to its workers. */
import type {
  MeasureEvent as BenchmarkEvent,
  CellRequest as BenchmarkCellRequest,
} from '../../runtime/benchmark/measure-request';
import type { BenchmarkCalls, BrowserMeasureRequest as BenchmarkRequest } from '../../runtime/jobs/benchmark-calls';
import type { DataCalls } from '../../runtime/jobs/data-calls';
import type { InspectCalls } from '../../runtime/jobs/inspect-calls';
import type { LayoutCalls } from '../../runtime/jobs/layout-calls';
import type { ModelCalls } from '../../runtime/jobs/model-calls';
import type { ServingCalls } from '../../runtime/jobs/serving-calls';
import type { SearchCalls } from '../../runtime/jobs/search-calls';
import { jobsOf, type JobsOf } from '../../runtime/jobs/jobs-of';
import { ObjectIds } from '../../runtime/jobs/object-ids';

export type { RecipeProgress } from '../../engine/recipe/pipeline';
export type {
  DataPreview,
  DroppedDataFile,
  EvaluateRequest,
  ModelInterface,
  SuggestedMapping,
  TriedAnswers,
  TryOutRequest,
} from '../../runtime/jobs/data-calls';
export type { GraphDifference, InspectedModel } from '../../runtime/jobs/inspect-calls';
export type { CalibrationFiles, FinishedPasses, OpenedModel, OptimizedModel } from '../../runtime/jobs/model-calls';
export type { ModelFiles } from '../../runtime/models/model-files';
export type { PackedBundle } from '../../runtime/deploy/bundle-model';
export type { PageMemoryFigures } from '../../runtime/benchmark/memory';
export type { MeasuredRoofline } from '../../runtime/benchmark/measure-roofline';
export type { SweepResult } from '../../runtime/benchmark/sweep';
export { ObjectIds } from '../../runtime/jobs/object-ids';
export type { RunningCall } from '../../runtime/jobs/worker-client';
export type {
  CompiledModule,
  MemoryProgress,
  PageIsMeasured,
  BundleRequest,
  BrowserSweepRequest as SweepRequest,
  SweepProgress,
  WrittenPiece,
} from '../../runtime/jobs/benchmark-calls';
export type { MeasuredBatches } from '../../runtime/serving/measure-batches';
export type { BrowserSearchRequest } from '../../runtime/jobs/search-calls';
export type { BetterFound, SearchMeasurement } from '../../runtime/search/search-request';
export type { FirstDifference } from '../../runtime/nodes/first-difference';
export type { MeasuredNodes } from '../../runtime/nodes/measure-nodes';
export type { BenchmarkCellRequest, BenchmarkEvent, BenchmarkRequest };

export interface Jobs {
  readonly models: JobsOf<ModelCalls>;
  readonly benchmarks: JobsOf<BenchmarkCalls>;
  readonly data: JobsOf<DataCalls>;
  /** Looking at a model. Works beside the other jobs. */
  readonly inspections: JobsOf<InspectCalls>;
  readonly layouts: JobsOf<LayoutCalls>;
  readonly serving: JobsOf<ServingCalls>;
  readonly searches: JobsOf<SearchCalls>;
}

export function createModelJobs(): Jobs['models'] {
  const ids = new ObjectIds();
  const spawn = () =>
    new Worker(new URL('../../../workers/optimize.ts', import.meta.url), { type: 'module', name: 'optimize' });
  const jobs = jobsOf<ModelCalls>(spawn, { apart: ['fingerprint', 'compress', 'plan', 'store'], ids });
  // A worker of its own that stays: options are tried in a row, also while a recipe runs.
  const { sketch } = jobsOf<Pick<ModelCalls, 'sketch'>>(spawn, { ids });
  return {
    optimize: jobs.optimize,
    plan: jobs.plan,
    sketch,
    pack: jobs.pack,
    fingerprint: jobs.fingerprint,
    compress: jobs.compress,
    store: jobs.store,
    async open(following, files) {
      const opened = await jobs.open(following, files);
      // The worker has it open under the number of what was dropped.
      ids.assign(opened.files, ids.of(files));
      return opened;
    },
  };
}

export function createBenchmarkJobs(): Jobs['benchmarks'] {
  const jobs = jobsOf<BenchmarkCalls>(
    () => new Worker(new URL('../../../workers/benchmark.ts', import.meta.url), { type: 'module', name: 'benchmark' }),
  );
  return {
    probe: jobs.probe,
    measureNodes: jobs.measureNodes,
    firstDifference: jobs.firstDifference,
    measureBatches: jobs.measureBatches,
    runLive: jobs.runLive,
    generation: jobs.generation,
    write: jobs.write,
    sweep: jobs.sweep,
    sustained: jobs.sustained,
    memory: jobs.memory,
    roof: jobs.roof,
    roofline: jobs.roofline,
    trace: jobs.trace,
    bundle: jobs.bundle,
    compile: jobs.compile,
    async benchmark(follower, request) {
      const visibility = watchVisibility();
      const onProgress = (event: BenchmarkEvent): void =>
        follower.onProgress?.(event.kind === 'cell' ? visibility.flag(event) : event);
      try {
        await jobs.benchmark({ ...follower, onProgress }, request);
      } finally {
        visibility.stop();
      }
    },
  };
}

/** Browsers slow hidden tabs down, and only the page itself knows that it was hidden while a cell was measured. */
function watchVisibility() {
  let wasHidden = document.hidden;
  const listen = () => (wasHidden ||= document.hidden);
  document.addEventListener('visibilitychange', listen);
  return {
    flag(event: BenchmarkEvent & { kind: 'cell' }): BenchmarkEvent {
      if (!wasHidden) return event;
      wasHidden = document.hidden;
      return { ...event, result: { ...event.result, flags: [...event.result.flags, 'tab-hidden'] } };
    },
    stop: () => document.removeEventListener('visibilitychange', listen),
  };
}

export function createDataJobs(): Jobs['data'] {
  return jobsOf<DataCalls>(
    () => new Worker(new URL('../../../workers/data.ts', import.meta.url), { type: 'module', name: 'data' }),
  );
}

export function createInspectJobs(): Jobs['inspections'] {
  return jobsOf<InspectCalls>(
    () => new Worker(new URL('../../../workers/inspect.ts', import.meta.url), { type: 'module', name: 'inspect' }),
  );
}

export function createLayoutJobs(): Jobs['layouts'] {
  return jobsOf<LayoutCalls>(
    () => new Worker(new URL('../../../workers/layout.ts', import.meta.url), { type: 'module', name: 'layout' }),
  );
}

export function createServingJobs(): Jobs['serving'] {
  return jobsOf<ServingCalls>(
    () => new Worker(new URL('../../../workers/serving.ts', import.meta.url), { type: 'module', name: 'serving' }),
  );
}

export function createSearchJobs(): Jobs['searches'] {
  return jobsOf<SearchCalls>(
    () => new Worker(new URL('../../../workers/search.ts', import.meta.url), { type: 'module', name: 'search' }),
  );
}
