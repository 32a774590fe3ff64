/** Saving a variant as files. */
import type { Recipe } from '../../engine/recipe/recipe';
import { filesOf } from '../platform/file-registry';
import { withoutModelEnding } from '../platform/model-name';
import { saveBlob } from '../platform/save-blob';
import { notify } from './app-store';
import { remakeVariant } from './optimize-actions';
import { selectSelectedVariant } from './selectors';
import { workspaceStore } from './workspace-store';

const suffixes: Readonly<Record<string, string>> = {
  'quantize-dynamic': 'quantized',
  'prune-magnitude': 'pruned',
};

/** `model.onnx` becomes `model_quantized.onnx`: what was done to it is in the name, in the order it was done. */
export function downloadName(modelName: string, recipe: Recipe): string {
  const base = withoutModelEnding(modelName);
  const done = recipe.steps.filter((step) => step.enabled).map((step) => suffixes[step.pass] ?? step.pass);
  const suffix = [...new Set(done)].join('_');
  return suffix === '' ? `${base}_reencoded.onnx` : `${base}_${suffix}.onnx`;
}

/**
 * Downloads the selected variant. External data goes beside it under the name that the model asks for. A variant whose bytes
 * are not at hand (restored work) is made again first.
 */
export async function downloadVariant(): Promise<void> {
  const state = workspaceStore.getState();
  const variant = selectSelectedVariant(state);
  if (variant === null || state.original === null || !(await remakeVariant(variant))) return;
  const files = filesOf(variant.filesKey);
  if (files === undefined) return;
  const name = downloadName(state.original.inspection.file.name, variant.recipe);
  saveBlob(files.model, name);
  for (const { path, data } of files.externalData) saveBlob(data, path.split('/').at(-1) ?? path);
  if (files.externalData.length > 0) {
    notify(`${name} and its external data are two files: keep them in one folder.`);
  }
}

export function downloadRecipe(): void {
  const { recipe, original } = workspaceStore.getState();
  const base = original === null ? 'pareto' : withoutModelEnding(original.inspection.file.name);
  const text = `${JSON.stringify(recipe, null, 2)}\n`;
  saveBlob(new Blob([text], { type: 'application/json' }), `${base}.recipe.json`);
}
