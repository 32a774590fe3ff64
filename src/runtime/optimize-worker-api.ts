/** What passes between the page and the worker that optimises: plain data and Blobs. */
import type { Inspection } from '../engine/analysis/inspection';
import type { Outcome } from '../engine/errors';
import type { Optimization } from '../engine/recipe/optimization';
import type { Recipe } from '../engine/recipe/recipe';
import type { ModelFiles } from './model-files';

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
  ): Promise<Outcome<OptimizedModel>>;
  /** SHA-256 of a whole file, 64 hexadecimal digits. */
  fingerprint(call: number, port: MessagePort, file: Blob): Promise<Outcome<string>>;
  /** Size after gzip, of model and data files together. */
  compress(call: number, port: MessagePort, files: ModelFiles): Promise<Outcome<number>>;
}
