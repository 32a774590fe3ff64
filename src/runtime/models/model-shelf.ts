/** Models that are open in this worker: the last one stays decoded, with the results of its recipes. */
import { assertModelFile } from '../../engine/onnx/codec/recognise';
import type { Progress } from '../../engine/progress';
import { RecipeCache, recipeCalibrates, type RecipeProgress } from '../../engine/recipe/pipeline';
import type { EncodedFile } from '../../engine/recipe/encode-variant';
import { createCalibrationData } from '../../engine/data/calibration';
import type { CalibrationData } from '../../engine/data/calibration-data';
import type { Recipe } from '../../engine/recipe/recipe';
import { openModel, type ModelInput, type OpenedInput } from '../../engine/recipe/open-model';
import { runRecipe } from '../../engine/recipe/run-recipe';
import { quickSha256 } from './blob-sha256';
import { createBrowserHost } from '../session/browser-host';
import { createSessionInference } from '../session/session-inference';
import { BlobSink } from './blob-sink';
import { findDataFile, findDroppedModel } from './dropped-model';
import { createBrowserPictureDecoder } from '../data/browser-picture-decoder';
import { OpenDatasets } from '../data/open-datasets';
import type { JobContext } from '../jobs/call';
import type { CalibrationFiles, OpenedModel, OptimizedModel } from '../jobs/optimize-worker-api';
import type { ModelFiles } from './model-files';
import { blobInput, modelInputOf } from './model-input';

interface Shelved {
  readonly modelId: number;
  readonly opened: OpenedInput;
  readonly cache: RecipeCache;
}

interface RecipeRequest {
  readonly recipe: Recipe;
  readonly calibration?: CalibrationFiles;
}

export class ModelShelf {
  readonly #datasets = new OpenDatasets(createBrowserPictureDecoder());
  #current: Shelved | undefined;

  /** The inspection of a large file has no SHA-256 yet. */
  async open(files: readonly File[], context: JobContext<Progress>): Promise<OpenedModel> {
    const { model, others } = findDroppedModel(files);
    const progress = { stage: 'Reading the model', total: model.size };
    context.progress({ ...progress, done: 0 });
    const externalData: { readonly path: string; readonly data: Blob }[] = [];
    const input = blobInput(model.name, model, (location) => {
      const data = findDataFile(others, location);
      if (data) externalData.push({ path: location, data });
      return data;
    });
    const { opened } = await this.#shelve(context.idOf(files), model, input);
    context.progress({ ...progress, done: model.size });
    const { inspection, reencodedBytes } = opened;
    return { inspection, files: { model, name: model.name, externalData }, reencodedBytes };
  }

  async optimize(
    original: ModelFiles,
    { recipe, calibration }: RecipeRequest,
    context: JobContext<RecipeProgress>,
  ): Promise<OptimizedModel> {
    const { signal, checkpoint } = context;
    const { opened, cache } = await this.#shelve(context.idOf(original), original.model, modelInputOf(original));
    const data =
      calibration && recipeCalibrates(recipe) ? await this.#openCalibration(opened, calibration, context) : undefined;
    const sinks: { file: EncodedFile; sink: BlobSink }[] = [];
    const variantName = nameVariant(original.name);
    const run = await runRecipe(
      opened,
      {
        recipe,
        variantName,
        storage: 'auto',
        cache,
        data,
        onProgress: context.progress,
        onObservation: context.observe,
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

  /** As the shell's `optimize --data` opens it, so that both calibrate with the same samples. */
  async #openCalibration(
    { inspection: { inputs } }: OpenedInput,
    { key, files, mapping, split }: CalibrationFiles,
    context: JobContext<RecipeProgress>,
  ): Promise<CalibrationData> {
    const { dataset, fingerprint: hash } = await this.#datasets.open(key, files, context);
    const fingerprint = await hash(context);
    return createCalibrationData({ dataset, fingerprint, mapping, split, inputs, freeDimensions: {} }, context);
  }

  /** A model that was opened before is not read again, unless the worker was ended in between. */
  async #shelve(modelId: number, model: Blob, input: ModelInput): Promise<Shelved> {
    if (this.#current?.modelId === modelId) return this.#current;
    // A file that is no model is refused before it is read whole.
    assertModelFile(input.source);
    const opened = openModel({ ...input, sha256: await quickSha256(model) });
    this.#current = { modelId, opened, cache: new RecipeCache() };
    return this.#current;
  }
}

/** `net.onnx` becomes `net.pareto.onnx`. */
function nameVariant(name: string): string {
  return `${name.replace(/\.onnx$/i, '')}.pareto.onnx`;
}
