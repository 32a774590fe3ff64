/**
 * The page behind the command line's `--browser`: no interface, only the jobs. The driver puts models (first the model,
 * then its data files) and data into the file inputs and calls `paretoBenchmark`, `paretoSweep` or `paretoEvaluate`.
 */
import { isListedFolder } from '../engine/data/readers/listed-folder';
import { outcomeOf, type Outcome } from '../engine/errors';
import type { Device } from '../engine/metrics/cell';
import type { Evaluation } from '../engine/metrics/evaluation';
import type { SweepAxis } from '../engine/profiling/sweep';
import type { Progress } from '../engine/progress';
import {
  createBenchmarkJobs,
  createDataJobs,
  type BenchmarkEvent,
  type BenchmarkRequest,
  type EvaluateRequest,
  type ModelFiles,
  type SweepProgress,
  type SweepRequest,
  type SweepResult,
} from './jobs/jobs';

/** A request without the files; `externalData` names the data files as the models call them. */
export interface BenchPageRequest extends Omit<BenchmarkRequest, 'original' | 'variants'> {
  readonly original: BenchPageModel;
  readonly variant?: BenchPageModel & { readonly id: string };
}

export interface EvaluatePageRequest extends Omit<EvaluateRequest, 'models'> {
  /** The original first; at most one variant. */
  readonly models: readonly (BenchPageModel & { readonly id: string })[];
  /** Path of each data file in the data set. An empty folder, which no input takes, ends with a slash. */
  readonly data: readonly string[];
}

export interface SweepPageRequest extends Omit<SweepRequest, 'files'> {
  readonly model: BenchPageModel;
}

export interface BenchPageModel {
  readonly name: string;
  readonly externalData: readonly string[];
}

declare global {
  interface Window {
    paretoBenchmark?: (request: BenchPageRequest) => Promise<Device>;
    paretoSweep?: (request: SweepPageRequest, axis: SweepAxis) => Promise<Outcome<SweepResult>>;
    paretoEvaluate?: (request: EvaluatePageRequest) => Promise<Outcome<readonly Evaluation[]>>;
    /** Given by the driver. */
    paretoBenchmarkEvent?: (event: BenchmarkEvent) => void;
    paretoSweepProgress?: (progress: SweepProgress) => void;
    paretoEvaluationProgress?: (progress: Progress) => void;
  }
}

const never = new AbortController().signal;
const modelInputs = ['original', 'variant'];

window.paretoBenchmark = async ({ original, variant, ...request }) => {
  const jobs = createBenchmarkJobs();
  const device = await jobs.probe({ signal: never });
  await jobs.benchmark(
    { signal: never, onProgress: (event) => window.paretoBenchmarkEvent?.(event) },
    {
      ...request,
      original: filesOf('original', original),
      variants: variant === undefined ? [] : [{ id: variant.id, files: filesOf('variant', variant) }],
    },
  );
  return device;
};

// Errors of sweeps and evaluations are sentences for people. As exceptions they would lose their codes on the way to the driver.
window.paretoSweep = ({ model, ...request }, axis) =>
  outcomeOf(() =>
    createBenchmarkJobs().sweep(
      { signal: never, onProgress: (progress) => window.paretoSweepProgress?.(progress) },
      { ...request, files: filesOf('original', model) },
      axis,
    ),
  );

window.paretoEvaluate = ({ models, data, ...request }) =>
  outcomeOf(() => {
    const chosen = chosenFiles('data').values();
    const files = data.map((path) => ({
      path,
      file: isListedFolder({ path }) ? new File([], '') : chosen.next().value!,
    }));
    const requested = models.map((model, index) => ({
      id: model.id,
      files: filesOf(modelInputs[index]!, model),
      // Only to find an evaluation again, and this page makes one.
      sha256: '',
    }));
    return createDataJobs().evaluate(
      { signal: never, onProgress: (progress) => window.paretoEvaluationProgress?.(progress) },
      files,
      { ...request, models: requested },
    );
  });

function filesOf(inputId: string, { name, externalData }: BenchPageModel): ModelFiles {
  const [model, ...data] = chosenFiles(inputId);
  if (model === undefined) throw new Error(`The input "${inputId}" holds no file.`);
  return { model, name, externalData: externalData.map((path, index) => ({ path, data: data[index]! })) };
}

function chosenFiles(inputId: string): readonly File[] {
  return Array.from((document.getElementById(inputId) as HTMLInputElement).files ?? []);
}
