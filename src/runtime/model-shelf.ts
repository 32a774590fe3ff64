/** Models that are open in this worker: the last one stays decoded, with the results of its recipes. */
import type { ByteSource } from '../engine/onnx/byte-source';
import { assertModelFile } from '../engine/onnx/codec/recognise';
import type { Progress } from '../engine/passes/pass';
import { RecipeCache, type RecipeProgress } from '../engine/passes/pipeline';
import type { EncodedFile } from '../engine/recipe/encode-variant';
import type { Recipe } from '../engine/recipe/recipe';
import { openModel, type OpenedInput } from '../engine/recipe/open-model';
import { runRecipe } from '../engine/recipe/run-recipe';
import { quickSha256 } from './blob-sha256';
import { BlobSource } from './blob-source';
import { createBrowserHost } from './browser-host';
import { createSessionInference } from './session-inference';
import { BlobSink } from './blob-sink';
import { findDataFile, findDroppedModel } from './dropped-model';
import type { OpenedModel, OptimizedModel } from './optimize-worker-api';
import { externalDataAt, type ModelFiles } from './model-files';

interface ShelfContext<Reported> {
  readonly signal: AbortSignal;
  progress(progress: Reported): void;
  checkpoint(): Promise<void>;
}

interface Shelved {
  readonly modelId: number;
  readonly opened: OpenedInput;
  readonly cache: RecipeCache;
}

export class ModelShelf {
  #current: Shelved | undefined;

  /**
   * `modelId` is the caller's name for these files: it saves reading them again. The inspection of a large file has no
   * SHA-256 yet.
   */
  async open(modelId: number, files: readonly File[], context: ShelfContext<Progress>): Promise<OpenedModel> {
    const { model, others } = findDroppedModel(files);
    const progress = { stage: 'Reading the model', total: model.size };
    context.progress({ ...progress, done: 0 });
    const externalData: { readonly path: string; readonly data: Blob }[] = [];
    const { opened } = await this.#shelve(modelId, model.name, model, (location) => {
      const data = findDataFile(others, location);
      if (data) externalData.push({ path: location, data });
      return data;
    });
    context.progress({ ...progress, done: model.size });
    const { inspection, reencodedBytes } = opened;
    return { inspection, files: { model, name: model.name, externalData }, reencodedBytes };
  }

  async optimize(
    modelId: number,
    original: ModelFiles,
    recipe: Recipe,
    context: ShelfContext<RecipeProgress>,
  ): Promise<OptimizedModel> {
    const { signal, checkpoint } = context;
    const { name, model } = original;
    const { opened, cache } = await this.#shelve(modelId, name, model, (location) =>
      externalDataAt(original, location),
    );
    const sinks: { file: EncodedFile; sink: BlobSink }[] = [];
    const variantName = nameVariant(name);
    const run = await runRecipe(
      opened,
      {
        recipe,
        variantName,
        storage: 'auto',
        cache,
        onProgress: context.progress,
        openSink(file) {
          const sink = new BlobSink();
          sinks.push({ file, sink });
          return sink;
        },
      },
      { signal, checkpoint, inference: createSessionInference(createBrowserHost) },
    );
    const files: ModelFiles = {
      name: variantName,
      model: sinks.find(({ file }) => file.kind === 'model')!.sink.toBlob(),
      externalData: sinks
        .filter(({ file }) => file.kind === 'data')
        .map(({ file, sink }) => ({ path: file.name, data: sink.toBlob() })),
    };
    return { ...run, files };
  }

  /** A model that was opened before is not read again, unless the worker was ended in between. */
  async #shelve(
    modelId: number,
    name: string,
    model: Blob,
    findBlob: (location: string) => Blob | undefined,
  ): Promise<Shelved> {
    if (this.#current?.modelId === modelId) return this.#current;
    const findData = (location: string): ByteSource | undefined => {
      const blob = findBlob(location);
      return blob && new BlobSource(blob, location);
    };
    const source = new BlobSource(model, name);
    // A file that is no model is refused before it is read whole.
    assertModelFile(source);
    const opened = openModel({ name, source, sha256: await quickSha256(model), findData });
    this.#current = { modelId, opened, cache: new RecipeCache() };
    return this.#current;
  }
}

/** `net.onnx` becomes `net.pareto.onnx`. */
function nameVariant(name: string): string {
  return `${name.replace(/\.onnx$/i, '')}.pareto.onnx`;
}
