/** The worker that opens models, runs recipes and measures compressed sizes. Weights stay slices of the files. */
import { gzipSizeBytes } from '../src/engine/recipe/gzip-size';
import { hashSource } from '../src/engine/files/hash-source';
import type { ModelCalls } from '../src/runtime/jobs/model-calls';
import { BlobSource } from '../src/runtime/files/blob-source';
import { storePrivateFile } from '../src/runtime/files/store-private-file';
import { ModelShelf } from '../src/runtime/models/model-shelf';
import { packModel } from '../src/runtime/models/pack-model';
import { answerCalls } from './answer-calls';

const shelf = new ModelShelf();

answerCalls<ModelCalls>({
  open: (context, files) => shelf.open(files, context),
  optimize: async (context, original, recipe, options = {}) => {
    // A model opens without what only a run needs.
    const { optimizeInPage } = await import('../src/work/optimize-in-page');
    return optimizeInPage(shelf, original, recipe, options, context);
  },
  plan: (context, original, recipe) => shelf.plan(original, recipe, context),
  sketch: (context, original, recipe, dimensions) => shelf.sketch(original, recipe, dimensions, context),
  pack: (context, files, name) => packModel(files, name, context),
  fingerprint: (context, { model }) => hashSource(new BlobSource(model), context),
  compress: ({ checkpoint }, { name, model, externalData }) => {
    const dataFiles = externalData.map(({ path, data }) => new BlobSource(data, path));
    return gzipSizeBytes([...dataFiles, new BlobSource(model, name)], checkpoint);
  },
  store: (context, path, content) => storePrivateFile(path, content, context),
});
