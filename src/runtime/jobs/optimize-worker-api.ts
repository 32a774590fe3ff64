/** What passes between the page and the worker that optimises: plain data and Blobs. */
import type { Inspection } from '../../engine/analysis/inspection';
import type { Outcome } from '../../engine/errors';
import type { Optimization } from '../../engine/recipe/optimization';
import type { Recipe } from '../../engine/recipe/recipe';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import type { DataSplit } from '../../engine/data/split';
import type { ModelFiles } from '../models/model-files';
import type { DroppedDataFile } from './data-worker-api';

export interface OpenedModel {
  readonly inspection: Inspection;
  readonly files: ModelFiles;
  /** Size of the model decoded and encoded without change. */
  readonly reencodedBytes: number;
}

/** What passes of a recipe calibrate with: the calibration part of `split`, opened when a pass needs it. */
export interface CalibrationFiles {
  /** The same key stands for the same files, which saves opening them again. */
  readonly key: string;
  readonly files: readonly DroppedDataFile[];
  readonly mapping: DataMapping;
  readonly split: DataSplit;
}

export interface OptimizedModel {
  readonly optimization: Optimization;
  readonly inspection: Inspection;
  readonly files: ModelFiles;
}

/** A download: a zip with model and data file, or the model file alone where no weight is large enough for a data file. */
export interface PackedModel {
  readonly name: string;
  readonly blob: Blob;
}

/**
 * `call` is the number under which a job can be cancelled, `port` carries its progress, and `modelId` is the caller's name
 * for a model, which saves reading it again.
 */
export interface OptimizeWorker {
  cancel(call: number): void;
  open(call: number, port: MessagePort, modelId: number, files: readonly File[]): Promise<Outcome<OpenedModel>>;
  optimize(
    call: number,
    port: MessagePort,
    modelId: number,
    original: ModelFiles,
    recipe: Recipe,
    calibration?: CalibrationFiles,
  ): Promise<Outcome<OptimizedModel>>;
  /** `name`: of the model file in the download; the data file is named after it. */
  pack(call: number, port: MessagePort, files: ModelFiles, name: string): Promise<Outcome<PackedModel>>;
  /** SHA-256 of a whole file, 64 hexadecimal digits. */
  fingerprint(call: number, port: MessagePort, file: Blob): Promise<Outcome<string>>;
  /** Size after gzip, of model and data files together. */
  compress(call: number, port: MessagePort, files: ModelFiles): Promise<Outcome<number>>;
}
