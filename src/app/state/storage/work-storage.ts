/**
 * Keeps work for the next visit and finds it again. A full disk is reported, and the work on the screen is never lost.
 */
import type { DroppedDataFile, ModelFiles } from '../../jobs/jobs';
import type { SaveOutcome } from '../window/app-store';
import { deleteOtherData, loadDataFiles, storeDataFiles } from './data-directory';
import { deleteModelFiles, loadModelFiles, storeModelFiles } from './model-directory';
import { deleteOldestVariant, deleteOtherVariants, loadVariantFiles } from './variant-directory';
import { givenFilesOf, filesKeysOf, recentWorkOf, type RecentWork, type SavedWork } from './saved-work';
import { deleteWork, readAllWorks, readWork, writeWork } from './work-database';

/** The number of kept models; the one that was used longest ago is removed first. */
const keptWorks = 5;

function outcomeOf(error: unknown): SaveOutcome {
  return error instanceof Error && error.name === 'QuotaExceededError' ? 'full' : 'unavailable';
}

export async function keepModel(id: string, files: ModelFiles): Promise<SaveOutcome> {
  for (;;) {
    try {
      await storeModelFiles(id, files);
      return 'saved';
    } catch (error) {
      await deleteModelFiles(id);
      const outcome = outcomeOf(error);
      // Variants can be made again, a model cannot.
      if (outcome !== 'full' || (await deleteOldestVariant()) === null) return outcome;
    }
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

/**
 * Data that does not fit is left out, which costs nothing but to be asked for the files again. False for data that is too large to be
 * copied.
 */
export async function keepData(key: string, files: readonly DroppedDataFile[]): Promise<boolean> {
  try {
    return await storeDataFiles(key, files);
  } catch {
    await deleteUnusedData();
    return true;
  }
}

interface LoadedWork {
  readonly work: SavedWork;
  /** Parts of it that were damaged and are left out. */
  readonly damaged: readonly string[];
  readonly files: ModelFiles;
  /** Data by key; entries that are not on disk are left out. */
  readonly data: ReadonlyMap<string, readonly DroppedDataFile[]>;
  /** Variants by the key of their files; entries that are not on disk are left out. */
  readonly variants: ReadonlyMap<string, ModelFiles>;
}

export async function loadWork(id: string): Promise<LoadedWork | null> {
  const [read, files] = await Promise.all([readWork(id), loadModelFiles(id)]);
  if (read === null || files === null) return null;
  const { work, damaged } = read;
  const data = new Map<string, readonly DroppedDataFile[]>();
  for (const key of givenFilesOf(work)) {
    const loaded = await loadDataFiles(key);
    if (loaded !== null) data.set(key, loaded);
  }
  await deleteOtherVariants(id, new Set(filesKeysOf(work)));
  return { work, damaged, files, data, variants: await loadVariantFiles(id) };
}

async function deleteUnusedData(): Promise<void> {
  const works = await readAllWorks().catch(() => null);
  if (works !== null) await deleteOtherData(new Set(works.flatMap(givenFilesOf)));
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
  await Promise.all([deleteWork(id), deleteModelFiles(id), deleteOtherVariants(id)]);
  await deleteUnusedData();
}

/** Forgets the oldest work beyond what is kept. Returns it. */
export async function makeRoom(): Promise<readonly RecentWork[]> {
  const tooMuch = (await listRecentWork()).slice(keptWorks);
  for (const work of tooMuch) await forgetWork(work.id);
  return tooMuch;
}
