/** Models that are open in this worker: the last one stays decoded, with the results of its recipes. */
import type { Progress } from '../engine/passes/pass';
import { RecipeCache, type RecipeProgress } from '../engine/passes/pipeline';
import type { EncodedFile } from '../engine/recipe/encode-variant';
import type { Recipe } from '../engine/recipe/recipe';
import { openModel, runRecipe, type OpenedInput } from '../engine/recipe/run-recipe';
import { BlobSource } from './blob-source';
import { BlobSink } from './blob-sink';
import { findDroppedModel, sourcesOf } from './dropped-model';
import type { ModelBlobs, OpenedBlobs, OptimizedBlobs } from './model-blobs';

interface ShelfContext<Reported> {
  readonly signal: AbortSignal;
  progress(progress: Reported): void;
  checkpoint(): Promise<void>;
}

interface Shelved {
  readonly modelId: number;
  readonly files: ModelBlobs;
  readonly opened: OpenedInput;
  readonly cache: RecipeCache;
}

export class ModelShelf {
  #current: Shelved | undefined;

  /** `modelId` is the caller's name for these files: it saves reading them again. */
  async open(modelId: number, files: readonly File[], context: ShelfContext<Progress>): Promise<OpenedBlobs> {
    const { files: model, opened } = await this.#shelve(modelId, findDroppedModel(files), context);
    return { inspection: opened.inspection, files: model, reencodedBytes: opened.reencodedBytes };
  }

  async optimize(
    modelId: number,
    original: ModelBlobs,
    recipe: Recipe,
    context: ShelfContext<RecipeProgress>,
  ): Promise<OptimizedBlobs> {
    const { signal, checkpoint } = context;
    const { opened, cache } = await this.#shelve(modelId, original, { signal, checkpoint, progress: () => undefined });
    const sinks: { file: EncodedFile; sink: BlobSink }[] = [];
    const variantName = nameVariant(original.name);
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
      { signal, checkpoint },
    );
    const files: ModelBlobs = {
      name: variantName,
      model: sinks.find(({ file }) => file.kind === 'model')?.sink.toBlob() ?? new Blob(),
      externalData: sinks
        .filter(({ file }) => file.kind === 'data')
        .map(({ file, sink }) => ({ path: file.name, data: sink.toBlob() })),
    };
    return { ...run, files };
  }

  /** A model that was opened before is not read again, unless the worker was ended in between. */
  async #shelve(modelId: number, files: ModelBlobs, context: ShelfContext<Progress>): Promise<Shelved> {
    if (this.#current?.modelId === modelId) return this.#current;
    const input = { name: files.name, source: new BlobSource(files.model, files.name), externalData: sourcesOf(files) };
    const opened = await openModel(input, context, context.progress);
    this.#current = { modelId, files, opened, cache: new RecipeCache() };
    return this.#current;
  }
}

/** `net.onnx` becomes `net.pareto.onnx`. */
function nameVariant(name: string): string {
  return `${name.replace(/\.onnx$/i, '')}.pareto.onnx`;
}
