/** `optimize` for the page, whose original is open, and whose data and teacher were dropped as files. */
import type { Progress } from '../engine/progress';
import { assertModelFile } from '../engine/onnx/codec/recognize';
import { openModel, readModel } from '../engine/recipe/open-model';
import { recipeCalibrates, recipeTrains, type RecipeProgress } from '../engine/recipe/pipeline';
import type { Recipe } from '../engine/recipe/recipe';
import { createBrowserPictureDecoder } from '../runtime/data/browser-picture-decoder';
import { OpenDatasets } from '../runtime/data/open-datasets';
import type { JobContext } from '../runtime/jobs/call';
import type { FinishedPasses, OptimizedModel, OptimizeOptions } from '../runtime/jobs/model-calls';
import { BlobFiles, encodeToFiles } from '../runtime/models/blob-files';
import { findDataFile, findDroppedModel } from '../runtime/models/dropped-model';
import type { ModelFiles } from '../runtime/models/model-files';
import { blobInput, modelInputOf } from '../runtime/models/model-input';
import type { ModelShelf } from '../runtime/models/model-shelf';
import { createBrowserHost } from '../runtime/session/browser-host';
import { browserThreads } from '../runtime/session/providers';
import type { VariantFiles, WorkModel } from './host';
import { optimize, type OptimizeHost } from './optimize';

const datasets = new OpenDatasets(createBrowserPictureDecoder());

export async function optimizeInPage(
  shelf: ModelShelf,
  original: ModelFiles,
  recipe: Recipe,
  { calibration, teacher, from, files: names, warnsOfCost, keepsAfterMs = Infinity }: OptimizeOptions,
  context: JobContext<Progress | RecipeProgress | FinishedPasses>,
): Promise<OptimizedModel> {
  const { opened, cache } = await shelf.original(original, context);
  const taught = recipeTrains(recipe) ? teacher : undefined;
  const data = recipeCalibrates(recipe) ? calibration : undefined;
  const variantName = names?.name ?? `${original.name.replace(/\.onnx$/i, '')}.pareto.onnx`;
  let kept = from?.passes.length ?? 0;
  const host: OptimizeHost = {
    ...context,
    openModel: (name) => Promise.resolve(name === 'teacher' ? openTeacher(taught!) : modelOf(original, opened)),
    async openData() {
      const { dataset, fingerprint } = await datasets.open(data!.key, data!.files, context);
      return { dataset, fingerprint: () => fingerprint(context) };
    },
    openVariant: () => variantOf(new BlobFiles(), variantName),
    running: { openSessions: createBrowserHost, threads: browserThreads() },
    keeps: {
      cache,
      from: from && { model: readModel(modelInputOf(from.files)).model, passes: from.passes },
      onObservation: context.observe,
      async onFinished({ model, passes }) {
        const workMs = passes.slice(kept).reduce((sum, { ms }) => sum + ms, 0);
        if (workMs < keepsAfterMs) return;
        context.progress({ passes, files: await encodeToFiles(model, variantName, context) });
        kept = passes.length;
      },
    },
    stage: () => undefined,
    warn: () => undefined,
    note: () => undefined,
    option: (name) => name,
    remedies: { mapping: 'Set its source on the Data screen.', noData: '' },
  };
  const made = await optimize(
    {
      model: 'original',
      file: { ...names, name: variantName },
      recipe: data === undefined ? recipe : { ...recipe, data: { mapping: data.mapping, split: data.split } },
      ...(data === undefined ? { withoutData: true } : { data: { sources: [data.key] } }),
      teacher: taught && 'teacher',
      warnsOfCost,
    },
    host,
  );
  return { optimization: made.optimization, inspection: made.inspection, files: await made.files.files() };
}

function modelOf(files: ModelFiles, opened: WorkModel['opened']): WorkModel {
  return { name: files.name, opened, files: () => Promise.resolve(files) };
}

function openTeacher(files: readonly File[]): WorkModel {
  const { model, others } = findDroppedModel(files);
  const input = blobInput(model.name, model, (location) => findDataFile(others, location));
  assertModelFile(input.source, input.name);
  return modelOf({ model, name: model.name, externalData: [] }, openModel(input));
}

function variantOf(written: BlobFiles, name: string): VariantFiles {
  return {
    openSink: (file) => written.open(file),
    files: () => Promise.resolve(written.toFiles(name)),
    discard: () => undefined,
  };
}
