/** The worker that opens models, runs recipes and measures compressed sizes. Weights stay slices of the files. */
import { expose } from 'comlink';
import type { Progress } from '../src/engine/progress';
import type { RecipeProgress } from '../src/engine/recipe/pipeline';
import { gzipSizeBytes } from '../src/engine/recipe/gzip-size';
import { hashSource } from '../src/engine/recipe/hash-source';
import { BlobSource } from '../src/runtime/models/blob-source';
import type { OptimizeWorker, OptimizedModel, OpenedModel, PackedModel } from '../src/runtime/jobs/optimize-worker-api';
import { ModelShelf } from '../src/runtime/models/model-shelf';
import { packModel } from '../src/runtime/models/pack-model';
import { CancellableJobs } from './cancellable-jobs';

const jobs = new CancellableJobs();
const shelf = new ModelShelf();

const api: OptimizeWorker = {
  cancel: (call) => jobs.cancel(call),

  open: (call, port, modelId, files) =>
    jobs.run<OpenedModel, Progress>(call, port, (context) => shelf.open(modelId, files, context)),

  optimize: (call, port, modelId, original, recipe, calibration) =>
    jobs.run<OptimizedModel, RecipeProgress>(call, port, (context) =>
      shelf.optimize(modelId, original, { recipe, calibration }, context),
    ),

  pack: (call, port, files, name) =>
    jobs.run<PackedModel, Progress>(call, port, (context) => packModel(files, name, context)),

  fingerprint: (call, port, file) =>
    jobs.run<string, Progress>(call, port, (host) => hashSource(new BlobSource(file), host)),

  compress: (call, port, { name, model, externalData }) =>
    jobs.run<number, Progress>(call, port, ({ checkpoint }) => {
      const dataFiles = externalData.map(({ path, data }) => new BlobSource(data, path));
      return gzipSizeBytes([...dataFiles, new BlobSource(model, name)], checkpoint);
    }),
};

expose(api);
