/** Running the recipe: makes the next variant. */
import type { Recipe } from '../../../engine/recipe/recipe';
import type { CalibrationFiles, FinishedPasses, ModelFiles, OptimizedModel } from '../../jobs/jobs';
import { dataFilesOf, filesOf, filesOfOriginal, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { nextTask } from '../../platform/next-task';
import { announce, notify } from '../window/app-store';
import { foldRecipe } from '../window/studio-view';
import { currentCalibration, withSamples } from '../data/calibration';
import { setAsideToCalibrate } from '../data/data-actions';
import { ParetoError } from '../../../engine/errors';
import { whileIdle } from '../jobs/idle-work';
import { cancelJobOf, currentJobs, runJob, type JobHandle } from '../jobs/job-runner';
import { recordGzipBytes } from '../workspace/measurement-actions';
import { isUnchanged } from '../workspace/selectors';
import { nameMade, nameRecipe } from '../../../engine/recipe/recipe-name';
import { recipeKey } from '../../../engine/recipe/same-recipe';
import { isMadeBy } from './made-by';
import { replaceRecipe } from './recipe-actions';
import { beginRun, finishedPasses, forgetRun, recordFinished } from './unfinished-run';
import { addVariant, selectVariant, takeVariantId } from './variant-actions';
import { workspaceStore, type Calibration, type UnfinishedRun, type Variant } from '../workspace/workspace-store';

let gzipQueue: Promise<void> = Promise.resolve();

/** Sizes after gzip come later and quietly, one after the other: no number of the interface waits for them. */
export function measureGzipLater(variantKey: string): void {
  for (const filesKey of [originalFilesKey, variantKey]) {
    const files = filesOf(filesKey);
    gzipQueue = gzipQueue.then(() => measureGzip(filesKey, files));
  }
}

/** @param files the files at the time of the request, because a model that is opened later has the same keys. */
async function measureGzip(filesKey: string, files: ModelFiles | undefined): Promise<void> {
  const isThere = files !== undefined && filesOf(filesKey) === files;
  if (!isThere || filesKey in workspaceStore.getState().gzipBytes) return;
  const compress = async (signal: AbortSignal): Promise<void> => {
    const gzipBytes = await currentJobs().models.compress({ signal }, files);
    // Another model may have been opened in the meantime: its files have the same keys.
    if (filesOf(filesKey) === files) recordGzipBytes(filesKey, gzipBytes);
  };
  try {
    await whileIdle(new AbortController().signal, (attempt) =>
      filesOf(filesKey) === files ? compress(attempt) : Promise.resolve(),
    );
  } catch {
    // The work continues without this number.
  }
}

/**
 * Runs the recipe on the original, calibrated with all that is set aside or with so many samples. An equal recipe that has run already
 * is shown instead of run again. Returns true if its variant is there.
 */
export async function runRecipe(
  recipe: Recipe = workspaceStore.getState().recipe,
  calibrationSamples?: number,
): Promise<boolean> {
  if (workspaceStore.getState().original === null) return false;
  const calibration = await calibrationFor(recipe, calibrationSamples);
  const { teacherOf } = await import('./teacher-actions');
  const taughtBy = teacherOf(recipe);
  const { variants, data, teacher } = workspaceStore.getState();
  const existing = variants.find((variant) => isMadeBy(variant, { recipe, data, teacher }));
  if (existing !== undefined && filesOf(existing.filesKey) !== undefined) {
    selectVariant(existing.id);
    announce(`This recipe was run before: showing ${existing.name}.`);
    return true;
  }
  return makeVariant({
    name: nameRecipe(recipe),
    recipe,
    ...(calibration !== undefined && { calibration }),
    ...(taughtBy !== undefined && { teacher: taughtBy }),
  });
}

/**
 * Replaces the recipe in view and runs it, as one undoable step. Undo while it runs also stops the run, because the
 * recipe of its variant is gone. Returns true if its variant is there.
 */
export async function replaceAndRun(recipe: Recipe, label: string, calibrationSamples?: number): Promise<boolean> {
  const before = workspaceStore.getState().past.at(-1);
  replaceRecipe(recipe, label);
  foldRecipe(recipe);
  const step = workspaceStore.getState().past.at(-1);
  const unfollow = workspaceStore.subscribe(({ past }, { past: earlier }) => {
    if (step === undefined || step === before || past.includes(step)) return;
    // A step that only falls out of the history after many edits is not undone.
    if (earlier.includes(step) && past.length < earlier.length) cancelJobOf(recipeKey(recipe));
  });
  try {
    return await runRecipe(recipe, calibrationSamples);
  } finally {
    unfollow();
  }
}

type RecipeRun = Omit<UnfinishedRun, 'passes' | 'filesKey'>;

function makeVariant(run: RecipeRun, from?: FinishedPasses): Promise<boolean> {
  const { name, recipe } = run;
  return runJob(
    'optimize',
    name,
    async (job) => {
      beginRun(run, from);
      try {
        const made = await optimize(job, run, from);
        const kept = { ...run, name: nameMade(recipe, made.optimization.passes) };
        keepVariant(kept, made);
        announce(isUnchanged(made) ? `${kept.name} changed nothing.` : `${kept.name} is done.`);
        // The variant is drawn in one task, and the end of the job in a later one: together they may exceed 50 ms.
        await nextTask();
      } finally {
        forgetRun(run);
      }
    },
    recipeKey(recipe),
  );
}

/** Adds a variant that was made, selects it, and gives its id. */
export function keepVariant(run: RecipeRun, { optimization, inspection, files }: OptimizedModel): string {
  const id = takeVariantId();
  keepFiles(id, files);
  const { original } = workspaceStore.getState();
  // A converted file is larger than the file that was opened, which sizes are compared with.
  const { original: writtenBytes, variant } = optimization.sizeBytes;
  const sizeBytes = { original: original?.openedBytes ?? writtenBytes, variant };
  addVariant({ id, ...run, optimization: { ...optimization, sizeBytes }, inspection });
  measureGzipLater(id);
  return id;
}

/** Continues a recipe that a reload stopped. */
export async function resumeRun(): Promise<void> {
  const { unfinished } = workspaceStore.getState();
  if (unfinished === null) return;
  const { passes: _passes, filesKey: _filesKey, ...run } = unfinished;
  await makeVariant(run, finishedPasses(unfinished));
}

/** The calibration data of the recipe: `undefined` if no pass calibrates, `null` if there is no data. */
async function calibrationFor(recipe: Recipe, samples: number | undefined): Promise<Calibration | null | undefined> {
  // The passes come with it: the start screen does not wait for them.
  const { calibrates } = await import('./recipe-check');
  if (!calibrates(recipe)) return undefined;
  setAsideToCalibrate();
  return withSamples(currentCalibration(workspaceStore.getState().data), samples);
}

/** A pass that took so long is not to be run again after a reload. */
const keepsAfterMs = 2000;

async function optimize(job: JobHandle, run: RecipeRun, from?: FinishedPasses): Promise<OptimizedModel> {
  const { recipe, calibration, teacher } = run;
  const files = filesOfOriginal();
  const given = calibration ? filesToCalibrate(calibration) : undefined;
  const taught = teacher ? (await import('./teacher-actions')).filesToTeach(teacher) : undefined;
  return currentJobs().models.optimize(
    {
      ...job,
      onProgress: (update) => ('passes' in update ? recordFinished(run, update) : job.onProgress(update)),
    },
    files,
    recipe,
    { calibration: given, teacher: taught, from, keepsAfterMs },
  );
}

export function filesToCalibrate({ dataKey, dataName, mapping, split, samples }: Calibration): CalibrationFiles {
  const files = dataFilesOf(dataKey);
  if (files === undefined) {
    throw new ParetoError(
      'data/missing',
      `The recipe calibrates with ${dataName}, which is no longer open. Choose its files again on the Data screen.`,
    );
  }
  const calibration = Math.min(split.calibration, samples ?? Infinity);
  return { key: dataKey, files, mapping, split: { ...split, calibration } };
}

/** Brings back the bytes of a variant that were not kept: the same recipe and data give the same bytes. A file has to be opened again. */
export async function remakeVariant(variant: Variant): Promise<boolean> {
  if (filesOf(variant.filesKey) !== undefined) return true;
  if (variant.fromFile !== undefined) {
    notify(`${variant.name} is no longer open. Open ${variant.fromFile} again to use it.`, { kind: 'problem' });
    return false;
  }
  if (filesOf(originalFilesKey) === undefined) return false;
  return runJob('optimize', variant.name, async (job) => {
    const made = await optimize(job, variant);
    if (made.optimization.variant.sha256 !== variant.optimization.variant.sha256) {
      notify(`${variant.name} has different bytes than before. Measure it again.`, {
        kind: 'problem',
      });
    }
    keepFiles(variant.filesKey, made.files);
    measureGzipLater(variant.filesKey);
  });
}
