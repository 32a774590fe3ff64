/** Models that are open in this worker: the last one stays decoded, with the results of its recipes. */
import type { Model } from '../../engine/onnx/graph';
import { assertModelFile } from '../../engine/onnx/codec/recognize';
import { isGguf } from '../../engine/gguf/is-gguf';
import type { Progress } from '../../engine/progress';
import { RecipeCache, recipeCalibrates, recipeTrains, type RecipeProgress } from '../../engine/recipe/pipeline';
import type { ReadContext } from '../../engine/data/dataset';
import { createCalibrationData } from '../../engine/data/calibration';
import type { CalibrationData } from '../../engine/data/calibration-data';
import type { StructuralPlan } from '../../engine/passes/pass';
import type { FreeDimensions } from '../../engine/data/feeds';
import { planRecipe } from '../../engine/recipe/plan-recipe';
import type { Recipe } from '../../engine/recipe/recipe';
import { openModel, readModel, type ModelInput, type OpenedInput } from '../../engine/recipe/open-model';
import { sketchRecipe, type RecipeSketch } from '../../engine/recipe/sketch-recipe';
import { runRecipe } from '../../engine/recipe/run-recipe';
import { quickSha256 } from './blob-sha256';
import { createBrowserHost } from '../session/browser-host';
import { IdleWorkers } from '../session/idle-workers';
import { createSessionInference } from '../session/session-inference';
import { BlobFiles, encodeToFiles } from './blob-files';
import { findDataFile, findDroppedModel, openDroppedModel } from './dropped-model';
import { createBrowserPictureDecoder } from '../data/browser-picture-decoder';
import { OpenDatasets } from '../data/open-datasets';
import type { JobContext } from '../jobs/call';
import type {
  CalibrationFiles,
  FinishedPasses,
  OpenedModel,
  OptimizedModel,
  OptimizeOptions,
} from '../jobs/model-calls';
import type { ModelFiles } from './model-files';
import { blobInput, modelInputOf } from './model-input';
import { BlobSource } from '../files/blob-source';

interface Shelved {
  readonly modelId: number;
  readonly opened: OpenedInput;
  readonly cache: RecipeCache;
}

export class ModelShelf {
  readonly #datasets = new OpenDatasets(createBrowserPictureDecoder());
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
    const converted =
      'problem' in read
        ? { note: `${note} ${read.problem}`, tokenizer: null }
        : { note, tokenizer: new File([read.json as Uint8Array<ArrayBuffer>], 'tokenizer.json') };
    return { inspection: opened.inspection, files: written, converted };
  }

  async optimize(
    original: ModelFiles,
    recipe: Recipe,
    { calibration, teacher, from, files, warnsOfCost, keepsAfterMs = Infinity }: OptimizeOptions = {},
    context: JobContext<RecipeProgress | FinishedPasses>,
  ): Promise<OptimizedModel> {
    const { signal, checkpoint } = context;
    const { opened, cache } = await this.#shelve(context.idOf(original), original.model, modelInputOf(original));
    const data =
      calibration && recipeCalibrates(recipe) ? await this.#openCalibration(opened, calibration, context) : undefined;
    const variantName = files?.name ?? nameVariant(original.name);
    const written = new BlobFiles();
    let kept = from?.passes.length ?? 0;
    const idle = new IdleWorkers();
    const run = await runRecipe(
      opened,
      {
        recipe,
        variantName,
        storage: 'auto',
        dataFileName: files?.dataFileName,
        mostDataFileBytes: files?.mostDataFileBytes,
        warnsOfCost,
        cache,
        data,
        teacher: teacher && recipeTrains(recipe) ? readTeacher(teacher) : undefined,
        from: from && { model: readModel(modelInputOf(from.files)).model, passes: from.passes },
        onProgress: context.progress,
        onObservation: context.observe,
        async onFinished({ model, passes }) {
          const workMs = passes.slice(kept).reduce((sum, { ms }) => sum + ms, 0);
          if (workMs < keepsAfterMs) return;
          context.progress({ passes, files: await encodeToFiles(model, variantName, context) });
          kept = passes.length;
        },
        openSink: (file) => written.open(file),
      },
      { signal, checkpoint, inference: createSessionInference(() => createBrowserHost(idle)) },
    ).finally(() => idle.end());
    return { ...run, files: written.toFiles(variantName) };
  }

  /** Plans without data and without running models, fast enough to follow each change of an option. */
  async plan(original: ModelFiles, recipe: Recipe, context: JobContext<RecipeProgress>): Promise<StructuralPlan> {
    const { signal, checkpoint, progress } = context;
    const { opened, cache } = await this.#shelve(context.idOf(original), original.model, modelInputOf(original));
    return planRecipe(opened.model, recipe, { signal, checkpoint, progress }, cache);
  }

  /** This is as fast as `plan`. */
  async sketch(
    original: ModelFiles,
    recipe: Recipe,
    dimensions: FreeDimensions,
    context: JobContext<RecipeProgress>,
  ): Promise<RecipeSketch | null> {
    const { signal, checkpoint, progress } = context;
    const { opened, cache } = await this.#shelve(context.idOf(original), original.model, modelInputOf(original));
    return sketchRecipe(opened.model, recipe, { signal, checkpoint, progress, dimensions }, cache);
  }

  /** Opens data like the shell's `optimize --data`, so that both calibrate with the same samples. */
  async #openCalibration(
    { inspection: { inputs } }: OpenedInput,
    { key, files, mapping, split }: CalibrationFiles,
    context: ReadContext,
  ): Promise<CalibrationData> {
    const { dataset, fingerprint: hash } = await this.#datasets.open(key, files, context);
    const fingerprint = await hash(context);
    return createCalibrationData({ dataset, fingerprint, mapping, split, inputs, freeDimensions: {} }, context);
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

/** Opens a teacher like the shell's `--teacher`. */
function readTeacher(files: readonly File[]): Model {
  const { model, others } = findDroppedModel(files);
  const input = blobInput(model.name, model, (location) => findDataFile(others, location));
  assertModelFile(input.source, input.name);
  return readModel(input).model;
}

/** `net.onnx` becomes `net.pareto.onnx`. */
function nameVariant(name: string): string {
  return `${name.replace(/\.onnx$/i, '')}.pareto.onnx`;
}
