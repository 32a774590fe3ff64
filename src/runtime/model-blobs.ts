/** What passes between the page and the worker that optimises: plain data and Blobs. */
import type { Inspection } from '../engine/analysis/inspection';
import type { Outcome } from '../engine/errors';
import type { Optimization } from '../engine/recipe/optimization';
import type { Recipe } from '../engine/recipe/recipe';

/** A model as files. The studio knows the same shape as `ModelFiles`. */
export interface ModelBlobs {
  readonly model: Blob;
  readonly name: string;
  readonly externalData: readonly { readonly path: string; readonly data: Blob }[];
}

export interface OpenedBlobs {
  readonly inspection: Inspection;
  readonly files: ModelBlobs;
  readonly reencodedBytes: number;
}

export interface OptimizedBlobs {
  readonly optimization: Optimization;
  readonly inspection: Inspection;
  readonly files: ModelBlobs;
}

/**
 * `call` is the number under which a job can be cancelled, `port` carries its progress, and `modelId` is the caller's name
 * for a model, which saves reading it again.
 */
export interface OptimizeWorker {
  cancel(call: number): void;
  open(call: number, port: MessagePort, modelId: number, files: readonly File[]): Promise<Outcome<OpenedBlobs>>;
  optimize(
    call: number,
    port: MessagePort,
    modelId: number,
    original: ModelBlobs,
    recipe: Recipe,
  ): Promise<Outcome<OptimizedBlobs>>;
  /** SHA-256 of a whole file, 64 hexadecimal digits. */
  fingerprint(call: number, port: MessagePort, file: Blob): Promise<Outcome<string>>;
  /** Size after gzip, of model and data files together. */
  compress(call: number, port: MessagePort, files: ModelBlobs): Promise<Outcome<number>>;
}
