/**
 * What the studio asks of its workers. Every job takes an AbortSignal first; when it is aborted the promise rejects
 * with the signal's reason within 500 ms, if need be by ending the worker.
 */
import type { Device } from '../../engine/metrics/cell';
import type { Progress } from '../../engine/progress';
import type { RecipeProgress } from '../../engine/recipe/pipeline';
import type { Recipe } from '../../engine/recipe/recipe';
import type {
  BrowserMeasureNodesRequest as MeasureNodesRequest,
  BrowserMeasureRequest as BenchmarkRequest,
} from '../../runtime/jobs/benchmark-worker-api';
import type { MeasuredNodes } from '../../runtime/nodes/measure-nodes';
import type {
  CellRequest as BenchmarkCellRequest,
  MeasureEvent as BenchmarkEvent,
} from '../../runtime/benchmark/measure-request';
import type {
  CalibrationFiles,
  OpenedModel,
  OptimizedModel,
  PackedModel,
} from '../../runtime/jobs/optimize-worker-api';
import type { Feeds, FreeDimensions } from '../../engine/data/feeds';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import type { JudgingLabels } from '../../engine/metrics/detect-task';
import type { Evaluation } from '../../engine/metrics/evaluation';
import type {
  DataPreview,
  DroppedDataFile,
  EvaluateRequest,
  InputsRequest,
  LabelsRequest,
  ModelInterface,
  OpenedData,
  SuggestedMapping,
} from '../../runtime/jobs/data-worker-api';
import type { ModelFiles } from '../../runtime/models/model-files';
import type { DuplicateWeights } from '../../engine/analysis/duplicate-weights';
import type { GraphBlock } from '../../engine/analysis/describe-blocks';
import type { ExaminedNode } from '../../engine/analysis/examine-node';
import type { GraphLayout, LayoutRequest } from '../../engine/analysis/graph-layout';
import type { WeightStatistics } from '../../engine/analysis/weight-statistics';
import type { GraphDifference, ModelDescription } from '../../runtime/jobs/inspect-worker-api';

export type { BenchmarkCellRequest, BenchmarkEvent, BenchmarkRequest };
export type { MeasuredNodes, MeasureNodesRequest };
export type {
  DataPreview,
  DroppedDataFile,
  EvaluateRequest,
  InputsRequest,
  LabelsRequest,
  ModelInterface,
  OpenedData,
  SuggestedMapping,
};
export type { GraphDifference, ModelDescription };
export type { CalibrationFiles, ModelFiles, OpenedModel, OptimizedModel, PackedModel, RecipeProgress };

export interface ModelJobs {
  /** Reads and checks what was dropped: one model and its data files. Rejects with a ParetoError that says what is wrong. */
  open(signal: AbortSignal, files: readonly File[], onProgress: (progress: Progress) => void): Promise<OpenedModel>;
  optimize(
    signal: AbortSignal,
    original: ModelFiles,
    recipe: Recipe,
    onProgress: (progress: RecipeProgress) => void,
    calibration?: CalibrationFiles,
  ): Promise<OptimizedModel>;
  /** The model as a download with its weights in a data file: `name` is that of the model file. */
  pack(
    signal: AbortSignal,
    files: ModelFiles,
    name: string,
    onProgress: (progress: Progress) => void,
  ): Promise<PackedModel>;
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
  /** Time of each node, and SQNR of each value of a variant. */
  measureNodes(
    signal: AbortSignal,
    request: MeasureNodesRequest,
    onProgress: (progress: Progress) => void,
  ): Promise<MeasuredNodes>;
}

export interface DataJobs {
  /** What the labels say of the task, as an evaluation of the same samples finds it; `null` without labels. */
  labels(signal: AbortSignal, files: readonly DroppedDataFile[], request: LabelsRequest): Promise<JudgingLabels | null>;
  /** What the model is fed of the first samples that are evaluated: at most `count`, fewer where samples cannot be read. */
  inputs(signal: AbortSignal, files: readonly DroppedDataFile[], request: InputsRequest): Promise<readonly Feeds[]>;
  /** Finds out what the files hold. Rejects with a ParetoError that names the file and says what is wrong. */
  open(
    signal: AbortSignal,
    files: readonly DroppedDataFile[],
    onProgress: (progress: Progress) => void,
  ): Promise<OpenedData>;
  suggest(signal: AbortSignal, files: readonly DroppedDataFile[], model: ModelInterface): Promise<SuggestedMapping>;
  /** One sample as it was read and as the model gets it. Rejects with a sentence when the mapping does not fit. */
  preview(
    signal: AbortSignal,
    files: readonly DroppedDataFile[],
    model: ModelInterface & { readonly freeDimensions: FreeDimensions },
    mapping: DataMapping,
    index: number,
  ): Promise<DataPreview>;
  /** One evaluation per model, in the order of the request. Progress counts samples over all models. */
  evaluate(
    signal: AbortSignal,
    files: readonly DroppedDataFile[],
    request: EvaluateRequest,
    onProgress: (progress: Progress) => void,
  ): Promise<readonly Evaluation[]>;
}

/** Looking at a model. Works beside the other jobs. */
export interface InspectJobs {
  /** Graphs, and what `inspect` tells with these sizes for the free dimensions. */
  describe(signal: AbortSignal, files: ModelFiles, dimensions: FreeDimensions): Promise<ModelDescription>;
  /** `null`: there is no node with this path. */
  examine(signal: AbortSignal, files: ModelFiles, nodePath: string): Promise<ExaminedNode | null>;
  /** `null`: the elements of the weight are no numbers that can be read. */
  statistics(signal: AbortSignal, files: ModelFiles, weightPath: string): Promise<WeightStatistics | null>;
  /** Share of zeros in the weights of each node, by its path; `null` where they cannot be read. Reads all weights. */
  sparsity(
    signal: AbortSignal,
    files: ModelFiles,
    onProgress: (progress: Progress) => void,
  ): Promise<ReadonlyMap<string, number | null>>;
  /** Groups of equal weights, those that take most first. */
  duplicates(signal: AbortSignal, files: ModelFiles): Promise<readonly DuplicateWeights[]>;
  /** Repeated blocks by the path of their graph. */
  blocks(signal: AbortSignal, files: ModelFiles): Promise<ReadonlyMap<string, readonly GraphBlock[]>>;
  /** Node by node, weights bit by bit. */
  compare(signal: AbortSignal, a: ModelFiles, b: ModelFiles): Promise<GraphDifference>;
}

export interface LayoutJobs {
  /** Works beside the other jobs. Rejects with a TimeoutError where even a plain layout takes too long. */
  layout(signal: AbortSignal, request: LayoutRequest): Promise<GraphLayout>;
}
