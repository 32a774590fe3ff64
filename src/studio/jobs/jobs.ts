/**
 * What the studio asks of its workers. Every job takes an AbortSignal first; when it is aborted the promise rejects
 * with the signal's reason within 500 ms, if need be by ending the worker.
 */
import type { Inspection } from '../../engine/analysis/inspection';
import type { FreeDimensions } from '../../engine/data/feeds';
import type {
  CellFailure,
  CellResult,
  Comparison,
  Device,
  ExecutionProvider,
  MeasuringBudget,
} from '../../engine/metrics/cell';
import type { Progress } from '../../engine/passes/pass';
import type { RecipeProgress } from '../../engine/passes/pipeline';
import type { Optimization } from '../../engine/recipe/optimization';
import type { Recipe } from '../../engine/recipe/recipe';

export type { RecipeProgress } from '../../engine/passes/pipeline';

/** A model as files: the `.onnx` and, when there are any, its external data files by the name that the model calls them. */
export interface ModelFiles {
  readonly model: Blob;
  readonly name: string;
  readonly externalData: readonly { readonly path: string; readonly data: Blob }[];
}

export interface OpenedModel {
  readonly inspection: Inspection;
  readonly files: ModelFiles;
  /** Size of the model decoded and encoded without change. */
  readonly reencodedBytes: number;
}

export interface OptimizedModel {
  readonly optimization: Optimization;
  readonly inspection: Inspection;
  readonly files: ModelFiles;
}

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

export interface BenchmarkCellRequest {
  readonly variant: string;
  readonly ep: ExecutionProvider;
}

export interface BenchmarkRequest {
  readonly original: ModelFiles;
  readonly variants: readonly { readonly id: string; readonly files: ModelFiles }[];
  /** Cells to measure. `original` may be asked for alone. */
  readonly cells: readonly BenchmarkCellRequest[];
  readonly freeDimensions: FreeDimensions;
  readonly seed: number;
  readonly budget: MeasuringBudget;
  readonly threads?: number;
  /** Sets every free dimension that counts samples. */
  readonly batch?: number;
}

export type BenchmarkEvent =
  | { readonly kind: 'progress'; readonly variant: string; readonly ep: ExecutionProvider; readonly progress: Progress }
  | { readonly kind: 'cell'; readonly result: CellResult }
  | { readonly kind: 'comparison'; readonly comparison: Comparison }
  | { readonly kind: 'failure'; readonly failure: CellFailure };

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
