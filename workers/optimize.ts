/** The worker that opens models, runs recipes and measures compressed sizes. Weights stay slices of the files. */
import { expose } from 'comlink';
import type { Outcome } from '../src/engine/errors';
import type { Progress } from '../src/engine/passes/pass';
import type { RecipeProgress } from '../src/engine/passes/pipeline';
import type { Recipe } from '../src/engine/recipe/recipe';
import { gzipSizeBytes } from '../src/runtime/gzip-size';
import { ModelShelf, type ModelBlobs, type OpenedBlobs, type OptimizedBlobs } from '../src/runtime/model-shelf';
import { CancellableJobs } from './cancellable-jobs';

const jobs = new CancellableJobs();
const shelf = new ModelShelf();

const api = {
  cancel: (call: number): void => jobs.cancel(call),

  open: (call: number, port: MessagePort, modelId: number, files: readonly File[]): Promise<Outcome<OpenedBlobs>> =>
    jobs.run<OpenedBlobs, Progress>(call, port, (context) => shelf.open(modelId, files, context)),

  optimize: (
    call: number,
    port: MessagePort,
    modelId: number,
    original: ModelBlobs,
    recipe: Recipe,
  ): Promise<Outcome<OptimizedBlobs>> =>
    jobs.run<OptimizedBlobs, RecipeProgress>(call, port, (context) =>
      shelf.optimize(modelId, original, recipe, context),
    ),

  compress: (call: number, port: MessagePort, files: ModelBlobs): Promise<Outcome<number>> =>
    jobs.run<number, Progress>(call, port, ({ checkpoint }) =>
      gzipSizeBytes([...files.externalData.map(({ data }) => data), files.model], checkpoint),
    ),
};

export type OptimizeWorker = typeof api;

expose(api);
