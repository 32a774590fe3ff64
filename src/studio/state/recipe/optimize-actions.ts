/** Running the recipe: makes the next variant. */
import type { Recipe } from '../../../engine/recipe/recipe';
import type { RecipeProgress } from '../../jobs/jobs';
import { filesOf, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { announce, notify } from '../window/app-store';
import { whileIdle } from '../jobs/idle-work';
import { currentJobs, runJob } from '../jobs/job-runner';
import { jobStore } from '../jobs/job-store';
import { recordGzipBytes } from '../benchmark/measurement-actions';
import { nameRecipe } from './recipe-name';
import { sameRecipe } from './same-recipe';
import { addVariant, selectVariant, takeVariantId } from './variant-actions';
import { workspaceStore, type Variant } from '../workspace/workspace-store';

function reportRecipeProgress(progress: RecipeProgress): void {
  jobStore.setState((state) => {
    if (state.job === null) return state;
    const pass = { id: progress.pass, index: progress.passIndex, count: progress.passCount };
    return { job: { ...state.job, progress, pass } };
  });
}

let gzipQueue: Promise<void> = Promise.resolve();

/** Sizes after gzip come later and quietly, one after the other: no number of the interface waits for them. */
function measureGzipLater(variantKey: string): void {
  gzipQueue = gzipQueue.then(() => measureGzip(originalFilesKey)).then(() => measureGzip(variantKey));
}

async function measureGzip(filesKey: string): Promise<void> {
  const files = filesOf(filesKey);
  if (files === undefined || filesKey in workspaceStore.getState().gzipBytes) return;
  const compress = async (signal: AbortSignal): Promise<void> => {
    const { gzipBytes } = await currentJobs().models.compress(signal, files);
    // Another model may have been opened in the meantime: its files have the same keys.
    if (filesOf(filesKey) === files) recordGzipBytes(filesKey, gzipBytes);
  };
  try {
    await whileIdle(new AbortController().signal, (attempt) =>
      filesOf(filesKey) === files ? compress(attempt) : Promise.resolve(),
    );
  } catch {
    // Everything else works without this number.
  }
}

/** Runs the recipe on the original. An equal recipe that has run already is shown instead of run again. */
export async function runRecipe(recipe: Recipe = workspaceStore.getState().recipe): Promise<void> {
  const { original, variants } = workspaceStore.getState();
  const originalFiles = filesOf(originalFilesKey);
  if (original === null || originalFiles === undefined) return;
  const existing = variants.find((variant) => sameRecipe(variant.recipe, recipe));
  if (existing !== undefined && filesOf(existing.filesKey) !== undefined) {
    selectVariant(existing.id);
    announce(`This recipe has run before: showing ${existing.name}.`);
    return;
  }
  const name = nameRecipe(recipe);
  await runJob('optimize', name, async (signal) => {
    const made = await currentJobs().models.optimize(signal, originalFiles, recipe, reportRecipeProgress);
    const id = takeVariantId();
    keepFiles(id, made.files);
    addVariant({ id, name, recipe, optimization: made.optimization, inspection: made.inspection });
    announce(`${name} is done.`);
    measureGzipLater(id);
  });
}

/** Brings back the bytes of a variant whose recipe is known (after a reload): the same recipe gives the same bytes. */
export async function remakeVariant(variant: Variant): Promise<boolean> {
  if (filesOf(variant.filesKey) !== undefined) return true;
  const originalFiles = filesOf(originalFilesKey);
  if (originalFiles === undefined) return false;
  return runJob('optimize', variant.name, async (signal) => {
    const made = await currentJobs().models.optimize(signal, originalFiles, variant.recipe, reportRecipeProgress);
    if (made.optimization.variant.sha256 !== variant.optimization.variant.sha256) {
      notify(
        `${variant.name} came out different from before. Its measurements belong to other bytes: measure it again.`,
        {
          kind: 'problem',
        },
      );
    }
    keepFiles(variant.filesKey, made.files);
    measureGzipLater(variant.filesKey);
  });
}
