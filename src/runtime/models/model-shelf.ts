/** Models that are open in this worker: the last one stays decoded, with the results of its recipes. */
import { assertModelFile } from '../../engine/onnx/codec/recognize';
import type { Inference } from '../../engine/inference';
import { isGguf } from '../../engine/gguf/is-gguf';
import type { Progress } from '../../engine/progress';
import { RecipeCache, type RecipeProgress } from '../../engine/recipe/pipeline';
import type { StructuralPlan } from '../../engine/passes/pass';
import type { FreeDimensions } from '../../engine/data/feeds';
import { planRecipe } from '../../engine/recipe/plan-recipe';
import type { Recipe } from '../../engine/recipe/recipe';
import { openModel, type ModelInput, type OpenedInput } from '../../engine/recipe/open-model';
import { sketchRecipe, type RecipeSketch } from '../../engine/recipe/sketch-recipe';
import { quickSha256 } from './blob-sha256';
import { encodeToFiles } from './blob-files';
import { openDroppedModel } from './dropped-model';
import type { JobContext } from '../jobs/call';
import type { OpenedModel } from '../jobs/model-calls';
import type { ModelFiles } from './model-files';
import { blobInput, modelInputOf } from './model-input';
import { BlobSource } from '../files/blob-source';

interface Shelved {
  readonly modelId: number;
  readonly opened: OpenedInput;
  readonly cache: RecipeCache;
}

export class ModelShelf {
  #current: Shelved | undefined;

  /** The inspection of a large file has no SHA-256 yet. */
  async open(files: readonly File[], context: JobContext<Progress>): Promise<OpenedModel> {
    const { model, dataAt } = await openDroppedModel(files, (file) => new BlobSource(file), context);
    if (isGguf(new BlobSource(model))) return this.#openGguf(files, model, context);
    const progress = { stage: 'Reading the model', total: model.size };
    context.progress({ ...progress, done: 0 });
    const externalData: { readonly path: string; readonly data: Blob }[] = [];
    const input = blobInput(model.name, model, (location) => {
      const data = dataAt(location);
      if (data) externalData.push({ path: location, data });
      return data;
    });
    const { opened } = await this.#shelve(context.idOf(files), model, input);
    context.progress({ ...progress, done: model.size });
    return { inspection: opened.inspection, files: { model, name: model.name, externalData } };
  }

  /** The other files are not read, because a GGUF file has no data files. */
  async #openGguf(files: readonly File[], file: File, context: JobContext<Progress>): Promise<OpenedModel> {
    // The reader is loaded on demand, because most models are ONNX files.
    const { openGguf } = await import('../../engine/gguf/open-gguf');
    const { model, name, note, readTokenizer } = openGguf(new BlobSource(file), file.name);
    const written = await encodeToFiles(model, name, {
      checkpoint: context.checkpoint,
      onShare: (share) =>
        context.progress({ stage: 'Converting the model', done: share * file.size, total: file.size }),
    });
    const { opened } = await this.#shelve(context.idOf(files), written.model, modelInputOf(written));
    const read = readTokenizer();
    const sizeBytes = file.size;
    const converted =
      'problem' in read
        ? { note: `${note} ${read.problem}`, sizeBytes, tokenizer: null }
        : { note, sizeBytes, tokenizer: new File([read.json as Uint8Array<ArrayBuffer>], 'tokenizer.json') };
    return { inspection: opened.inspection, files: written, converted };
  }

  /** Plans without data and without running models, fast enough to follow each change of an option. */
  async plan(original: ModelFiles, recipe: Recipe, context: JobContext<RecipeProgress>): Promise<StructuralPlan> {
    const { signal, checkpoint, progress } = context;
    const { opened, cache } = await this.original(original, context);
    return planRecipe(opened.model, recipe, { signal, checkpoint, progress }, cache);
  }

  /** This is as fast as `plan`, but for constants that the runtime folds, as in a run. */
  async sketch(
    original: ModelFiles,
    recipe: Recipe,
    dimensions: FreeDimensions,
    context: JobContext<RecipeProgress>,
  ): Promise<RecipeSketch | null> {
    const { signal, checkpoint, progress } = context;
    const { opened, cache } = await this.original(original, context);
    const inference = await inferenceInPage();
    return sketchRecipe(opened.model, recipe, { signal, checkpoint, progress, dimensions, inference }, cache);
  }

  /** The model, with the results of its recipes. */
  original(files: ModelFiles, context: Pick<JobContext<never>, 'idOf'>): Promise<Shelved> {
    return this.#shelve(context.idOf(files), files.model, modelInputOf(files));
  }

  /** A model that was opened before is not read again, unless the worker was ended in between. */
  async #shelve(modelId: number, model: Blob, input: ModelInput): Promise<Shelved> {
    if (this.#current?.modelId === modelId) return this.#current;
    // A file that is no model is refused before it is read whole.
    assertModelFile(input.source, input.name);
    const opened = openModel({ ...input, sha256: await quickSha256(model) });
    this.#current = { modelId, opened, cache: new RecipeCache() };
    return this.#current;
  }
}

/** Loaded on demand, because a model opens without it. It starts nothing until a pass runs a model. */
async function inferenceInPage(): Promise<Inference> {
  const [{ createSessionInference }, { createBrowserHost }] = await Promise.all([
    import('../session/session-inference'),
    import('../session/browser-host'),
  ]);
  return createSessionInference(createBrowserHost);
}
