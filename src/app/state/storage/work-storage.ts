/**
 * Keeps work for the next visit and finds it again. A full disk is reported, and the work on the screen is never lost.
 */
import type { DroppedDataFile, ModelFiles } from '../../jobs/jobs';
import type { SaveOutcome } from '../window/app-store';
import { deleteModelFiles, loadModelFiles, storeModelFiles } from './model-directory';
import { deleteOldestVariant, deleteOtherVariants, loadVariantFiles } from './variant-directory';
import {
  filesKeysOf,
  givenFilesOf,
  readSavedWork,
  type ReadWork,
  type RecentWork,
  recentWorkOf,
  type SavedWork,
} from './saved-work';
import { mapInSlices } from '../../platform/in-slices';
import { privateFolder, readPrivateFile, writePrivateFile } from './private-files';

/**
 * Data files on disk, one folder per source. All files of it lie behind each other in one: ten thousand small
 * pictures would take minutes as files of their own.
 */
const rootName = 'data';
const manifestName = 'files.json';
const contentName = 'content';
/** The number of files that are joined in a few milliseconds. */
const groupLength = 50;

/** Larger data is not copied: the work is restored without it and asks for the files again. */
const mostKeptDataBytes = 200_000_000;

type Manifest = readonly { readonly path: string; readonly sizeBytes: number }[];

/** The manifest is written last, so a broken-off copy is never taken for a whole one. False: too large to be copied. */
async function storeDataFiles(key: string, files: readonly DroppedDataFile[]): Promise<boolean> {
  const manifest: Manifest = await mapInSlices(files, ({ path, file }) => ({ path, sizeBytes: file.size }));
  if (manifest.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > mostKeptDataBytes) return false;
  const folder = await (await privateFolder(rootName)).getDirectoryHandle(key, { create: true });
  await writePrivateFile(folder, contentName, await joinFiles(files));
  await writePrivateFile(folder, manifestName, JSON.stringify(manifest));
  return true;
}

/** Files are joined in groups, because thousands at once would block the page. */
async function joinFiles(files: readonly DroppedDataFile[]): Promise<Blob> {
  const groups = Array.from({ length: Math.ceil(files.length / groupLength) }, (_, index) =>
    files.slice(index * groupLength, (index + 1) * groupLength),
  );
  return new Blob(await mapInSlices(groups, (group) => new Blob(group.map(({ file }) => file))));
}

/** The kept files, or `null` when they are not there in full. Only the manifest is read. */
async function loadDataFiles(key: string): Promise<readonly DroppedDataFile[] | null> {
  try {
    const folder = await (await privateFolder(rootName)).getDirectoryHandle(key);
    const manifest = JSON.parse(await (await readPrivateFile(folder, manifestName)).text()) as Manifest;
    const content = await readPrivateFile(folder, contentName);
    let offset = 0;
    return await mapInSlices(manifest, ({ path, sizeBytes }) => {
      const part = content.slice(offset, (offset += sizeBytes));
      return { path, file: new File([part], path.split('/').at(-1) ?? path) };
    });
  } catch {
    return null;
  }
}

/** Deletes all data but that which some work still stands on. */
async function deleteOtherData(wanted: ReadonlySet<string>): Promise<void> {
  try {
    const root = await privateFolder(rootName);
    const kept: string[] = [];
    for await (const name of root.keys()) kept.push(name);
    for (const name of kept) if (!wanted.has(name)) await root.removeEntry(name, { recursive: true });
  } catch {
    // There is nothing to delete without a file system.
  }
}

/** IndexedDB, one record per model. */
const databaseName = 'pareto';
const storeName = 'works';

function settled<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result), { once: true });
    request.addEventListener('error', () => reject(request.error), { once: true });
  });
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(databaseName, 1);
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore(storeName, { keyPath: 'id' }));
  return settled(request);
}

async function inStore<Value>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<Value>,
): Promise<Value> {
  const database = await openDatabase();
  try {
    const transaction = database.transaction(storeName, mode);
    const result = await settled(work(transaction.objectStore(storeName)));
    if (mode === 'readwrite') await completed(transaction);
    return result;
  } finally {
    database.close();
  }
}

/** A write counts once its transaction is complete: a full disk shows only then. */
function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve(), { once: true });
    transaction.addEventListener('abort', () => reject(transaction.error), { once: true });
  });
}

async function readWork(id: string): Promise<ReadWork | null> {
  const value: unknown = await inStore('readonly', (store) => store.get(id));
  return readSavedWork(value);
}

async function readAllWorks(): Promise<readonly SavedWork[]> {
  const values: readonly unknown[] = await inStore('readonly', (store) => store.getAll());
  return values.flatMap((value) => readSavedWork(value)?.work ?? []);
}

async function writeWork(work: SavedWork): Promise<void> {
  await inStore('readwrite', (store) => store.put(work));
}

async function deleteWork(id: string): Promise<void> {
  await inStore('readwrite', (store) => store.delete(id));
}

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
