/** Saving a variant as files. */
import { describeSessionOptions } from '../../../engine/analysis/weights/weight-only';
import { findPass } from '../../../engine/passes/registry';
import type { Recipe } from '../../../engine/recipe/recipe';
import { essentialSteps } from '../../../engine/recipe/recipe-name';
import type { ModelFiles } from '../../jobs/jobs';
import { filesOf } from '../../platform/file-registry';
import { withoutModelEnding } from '../../platform/model-name';
import { saveBlob } from '../../platform/save-blob';
import { notify } from '../window/app-store';
import { usedSplit } from '../data/calibration';
import { mappingToPassOn } from '../data/data-selectors';
import { currentJobs, runJob, sentenceOf } from '../jobs/job-runner';
import { remakeVariant } from './optimize-actions';
import { needsDataFile, selectSelectedVariant } from '../workspace/selectors';
import { workspaceStore, type Variant, type WorkspaceState } from '../workspace/workspace-store';

/** A variant that was opened from a file keeps the name of the file. */
export function downloadNameOf(modelName: string, { fromFile, recipe }: Pick<Variant, 'fromFile' | 'recipe'>): string {
  return fromFile ?? downloadName(modelName, recipe);
}

/** `model.onnx` becomes `model_quantized.onnx`. The name lists the passes in their order, without preparations. */
export function downloadName(modelName: string, recipe: Recipe): string {
  const base = withoutModelEnding(modelName);
  const done = essentialSteps(recipe).map((step) => fileSuffixOf(step.pass));
  const suffix = [...new Set(done)].join('_');
  return suffix === '' ? `${base}_reencoded.onnx` : `${base}_${suffix}.onnx`;
}

function fileSuffixOf(pass: string): string {
  return findPass(pass)?.presentation.fileSuffix ?? pass;
}

/** The selected variant with its bytes. One whose bytes are not at hand (restored work) is made again first. */
async function selectedFiles(): Promise<{ files: ModelFiles; variant: Variant; name: string } | null> {
  const state = workspaceStore.getState();
  const variant = selectSelectedVariant(state);
  if (variant === null || state.original === null || !(await remakeVariant(variant))) return null;
  const files = filesOf(variant.filesKey);
  if (files === undefined) return null;
  return { files, variant, name: downloadNameOf(state.original.inspection.file.name, variant) };
}

/** Downloads the selected variant as one file; over 2 GB, which no ONNX file can hold, with a data file. */
export function downloadVariant(): Promise<void> {
  return download(needsDataFile);
}

/** Downloads the selected variant as a zip of the model file and a file with its weights. */
export function downloadWithData(): Promise<void> {
  return download(() => true);
}

async function download(isWithData: (variant: Variant) => boolean): Promise<void> {
  const selected = await selectedFiles();
  if (selected === null) return;
  const { files, variant, name } = selected;
  if (!isWithData(variant)) saveBlob(files.model, name);
  else if (!(await saveWithData(files, name))) return;
  for (const sentence of describeSessionOptions(variant.optimization.variant.sessionOptions)) notify(sentence);
}

/** Resolves to true if it was saved. */
function saveWithData(files: ModelFiles, name: string): Promise<boolean> {
  return runJob('download', name, async (job) => {
    const packed = await currentJobs().models.pack(job, files, name);
    saveBlob(packed.blob, packed.name);
    notify(
      packed.name === name
        ? `The weights of ${name} are too small for a data file. Everything is in the model file.`
        : `${packed.name} holds ${name} and its data file. Keep the two in one folder.`,
    );
  });
}

/** Adds the mapping and the split of the data, which belong to another screen than the recipe. */
function recipeForFile(state: WorkspaceState): Recipe {
  const { recipe, data } = state;
  if (data === null) return recipe;
  return { ...recipe, data: { mapping: mappingToPassOn({ ...state, data }), split: usedSplit(data) } };
}

export function downloadRecipe(): void {
  const text = `${JSON.stringify(recipeForFile(workspaceStore.getState()), null, 2)}\n`;
  saveBlob(new Blob([text], { type: 'application/json' }), `${recipeFileBase()}.recipe.json`);
}

/** The recipe for ONNX Runtime's Python tools, with the steps that these tools do not have. */
export async function downloadScript(): Promise<void> {
  const { recipeScript } = await import('../../../engine/recipe/recipe-script');
  try {
    const text = await recipeScript(workspaceStore.getState().recipe);
    saveBlob(new Blob([text], { type: 'text/x-python' }), `${recipeFileBase()}.recipe.py`);
  } catch (error) {
    notify(sentenceOf(error), { kind: 'problem' });
  }
}

function recipeFileBase(): string {
  const { original } = workspaceStore.getState();
  return original === null ? 'pareto' : withoutModelEnding(original.inspection.file.name);
}
