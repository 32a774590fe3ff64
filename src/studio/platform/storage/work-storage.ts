/** Keeps work for the next visit and finds it again. A full disk is told, and never loses what is on the screen. */
import type { ModelFiles } from '../../jobs/jobs';
import { deleteModelFiles, loadModelFiles, storeModelFiles } from './model-directory';
import { recentWorkOf, type RecentWork, type SavedWork } from './saved-work';
import { deleteWork, readAllWorks, readWork, writeWork } from './work-database';

export type SaveOutcome = 'saved' | 'full' | 'unavailable';

/** So many models are kept; the one that was used longest ago gives way. */
const keptWorks = 5;

function outcomeOf(error: unknown): SaveOutcome {
  return error instanceof DOMException && error.name === 'QuotaExceededError' ? 'full' : 'unavailable';
}

export async function keepModel(id: string, files: ModelFiles): Promise<SaveOutcome> {
  try {
    await storeModelFiles(id, files);
    return 'saved';
  } catch (error) {
    await deleteModelFiles(id);
    return outcomeOf(error);
  }
}

export async function keepWork(work: SavedWork): Promise<SaveOutcome> {
  try {
    await writeWork(work);
    return 'saved';
  } catch (error) {
    return outcomeOf(error);
  }
}

export async function loadWork(id: string): Promise<{ work: SavedWork; files: ModelFiles } | null> {
  const [work, files] = await Promise.all([readWork(id), loadModelFiles(id)]);
  return work === null || files === null ? null : { work, files };
}

/** Newest first. */
export async function listRecentWork(): Promise<readonly RecentWork[]> {
  try {
    const works = await readAllWorks();
    return works.map(recentWorkOf).toSorted((a, b) => (a.savedAt < b.savedAt ? 1 : -1));
  } catch {
    return [];
  }
}

export async function forgetWork(id: string): Promise<void> {
  await Promise.all([deleteWork(id), deleteModelFiles(id)]);
}

export async function makeRoom(): Promise<void> {
  for (const work of (await listRecentWork()).slice(keptWorks)) await forgetWork(work.id);
}
