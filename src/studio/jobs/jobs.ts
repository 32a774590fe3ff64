/**
 * What the studio asks of its workers. Every job takes an AbortSignal first; when it is aborted the promise rejects
 * with the signal's reason within 500 ms, if need be by ending the worker.
 */
import type { Device } from '../../engine/metrics/cell';
import type { Progress } from '../../engine/passes/pass';
import type { RecipeProgress } from '../../engine/passes/pipeline';
import type { Recipe } from '../../engine/recipe/recipe';
import type { BrowserMeasureRequest as BenchmarkRequest } from '../../runtime/benchmark-worker-api';
import type {
  CellRequest as BenchmarkCellRequest,
  MeasureEvent as BenchmarkEvent,
} from '../../runtime/measure-request';
import type { OpenedModel, OptimizedModel } from '../../runtime/optimize-worker-api';
import type { ModelFiles } from '../../runtime/model-files';

export type { BenchmarkCellRequest, BenchmarkEvent, BenchmarkRequest };
export type { ModelFiles, OpenedModel, OptimizedModel, RecipeProgress };

export interface ModelJobs {
  /** Reads and checks what was dropped: one model and its data files. Rejects with a ParetoError that says what is wrong. */
  open(signal: AbortSignal, files: readonly File[], onProgress: (progress: Progress) => void): Promise<OpenedModel>;
  optimize(
    signal: AbortSignal,
    original: ModelFiles,
    recipe: Recipe,
    onProgress: (progress: RecipeProgress) => void,
  ): Promise<OptimizedModel>;
  /** SHA-256 of the model file: what the inspection of a large one lacks at first. Works beside the other jobs. */
  fingerprint(signal: AbortSignal, files: ModelFiles): Promise<{ readonly sha256: string }>;
  /** Size after gzip, of model and external data together. Works beside the other jobs. */
  compress(signal: AbortSignal, files: ModelFiles): Promise<{ readonly gzipBytes: number }>;
}

export interface BenchmarkJobs {
  probe(signal: AbortSignal): Promise<Device>;
  /** Cells one after the other; a cell may be cancelled alone with its own signal (`cellSignal`). */
  benchmark(
    signal: AbortSignal,
    request: BenchmarkRequest,
    onEvent: (event: BenchmarkEvent) => void,
    cellSignal?: (cell: BenchmarkCellRequest) => AbortSignal | undefined,
  ): Promise<void>;
}
