/**
 * Manages another model as the teacher of passes that train: it is chosen, kept beside the work as data is, and passed
 * to the worker.
 */
import { ParetoError } from '../../../engine/errors';
import { resolveOptions } from '../../../engine/passes/options';
import { findPass } from '../../../engine/passes/registry';
import type { Recipe, RecipeStep } from '../../../engine/recipe/recipe';
import { droppedPath } from '../../platform/dropped-path';
import { dataFilesOf, keepDataFiles } from '../../platform/file-registry';
import { pickFiles } from '../../platform/pick-files';
import { currentJobs, sentenceOf } from '../jobs/job-runner';
import { notify } from '../window/app-store';
import { changeDocument } from '../workspace/history';
import { workspaceStore, type Teacher } from '../workspace/workspace-store';

export async function chooseTeacher(): Promise<void> {
  const files = await pickFiles();
  try {
    if (files.length > 0) await learnFrom(files);
  } catch (error) {
    notify(sentenceOf(error), { kind: 'problem' });
  }
}

/** Takes one model, with its data files if it has any. A file that is no model is found when a pass learns from it. */
export async function learnFrom(files: readonly File[]): Promise<void> {
  const { name } = files.find((file) => /\.onnx$/i.test(file.name)) ?? files[0]!;
  const key = `teacher-${await sha256Of(files)}`;
  keepDataFiles(
    key,
    files.map((file) => ({ path: droppedPath(file), file })),
  );
  changeDocument('Choose a teacher', () => ({ teacher: { name, key } }));
}

export function removeTeacher(): void {
  changeDocument('Learn from the original', () => ({ teacher: null }));
}

/** True if the step trains with a teacher. */
export function learns({ pass, options }: Pick<RecipeStep, 'pass' | 'options'>): boolean {
  const found = findPass(pass);
  if (found?.trains === undefined) return false;
  try {
    return found.trains(resolveOptions(found, options));
  } catch {
    // The recipe panel reports invalid options.
    return false;
  }
}

/** The teacher of the recipe: `undefined` if no pass needs one, `null` for the original. */
export function teacherOf(recipe: Recipe): Teacher | null | undefined {
  return recipe.steps.some((step) => step.enabled && learns(step)) ? workspaceStore.getState().teacher : undefined;
}

export function filesToTeach({ key, name }: Teacher): readonly File[] {
  const files = dataFilesOf(key);
  if (files !== undefined) return files.map(({ file }) => file);
  throw new ParetoError(
    'teacher/missing',
    `The recipe uses the teacher ${name}, which is no longer open. Choose it again.`,
  );
}

/**
 * The hash covers all files, so that other weights in a data file count as another teacher. It is computed in a worker
 * and in parts, because files may be larger than memory.
 */
function sha256Of(files: readonly File[]): Promise<string> {
  const all = { model: new Blob([...files]), name: files[0]!.name, externalData: [] };
  return currentJobs().models.fingerprint({ signal: new AbortController().signal }, all);
}
