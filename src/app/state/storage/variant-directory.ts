/**
 * Variants on disk: a folder for each work, in it one for each variant. They are a cache: without room the oldest are
 * deleted, whichever work they belong to, and are made again on demand.
 */
import type { ModelFiles } from '../../jobs/jobs';
import { filesSizeBytes } from '../../platform/files-size';
import { readModelFiles, writeModelFiles, writtenAtMs } from './model-directory';
import { privateFolder } from './private-files';

const rootName = 'variants';
/** The share of the browser's quota for variants; the rest is for models and data. */
const usableShare = 0.8;

/** A variant on disk: the work it belongs to and the key of its files. */
interface KeptVariant {
  readonly work: string;
  readonly key: string;
  readonly atMs: number;
}

/** The variants of a work that are on disk, by the key of their files. */
export async function loadVariantFiles(work: string): Promise<ReadonlyMap<string, ModelFiles>> {
  const found = new Map<string, ModelFiles>();
  try {
    const folder = await (await privateFolder(rootName)).getDirectoryHandle(work);
    for (const key of await namesIn(folder)) {
      const files = await readModelFiles(await folder.getDirectoryHandle(key)).catch(() => null);
      if (files !== null) found.set(key, files);
    }
  } catch {
    // No variant was kept.
  }
  return found;
}

/** Keeps a variant if there is room, or if deleting older ones makes room. Resolves to those that gave way. */
export async function storeVariantFiles(work: string, key: string, files: ModelFiles): Promise<readonly KeptVariant[]> {
  const deleted = await makeRoomForVariant(filesSizeBytes(files));
  for (;;) {
    try {
      const folder = await (await privateFolder(rootName)).getDirectoryHandle(work, { create: true });
      await writeModelFiles(await folder.getDirectoryHandle(key, { create: true }), files);
      return deleted;
    } catch {
      await deleteVariantFiles(work, key);
      const oldest = await deleteOldestVariant();
      if (oldest === null) return deleted;
      deleted.push(oldest);
    }
  }
}

async function makeRoomForVariant(sizeBytes: number): Promise<KeptVariant[]> {
  const deleted: KeptVariant[] = [];
  for (;;) {
    const { usage = 0, quota = Infinity } = await estimateStorage();
    if (usage + sizeBytes <= quota * usableShare) return deleted;
    const oldest = await deleteOldestVariant();
    if (oldest === null) return deleted;
    deleted.push(oldest);
  }
}

/** Empty in a browser that does not say. */
async function estimateStorage(): Promise<StorageEstimate> {
  try {
    return await navigator.storage.estimate();
  } catch {
    return {};
  }
}

/** `null` if there is none. */
export async function deleteOldestVariant(): Promise<KeptVariant | null> {
  const [oldest] = (await keptVariants().catch(() => [])).toSorted((a, b) => a.atMs - b.atMs);
  if (oldest === undefined || !(await deleteVariantFiles(oldest.work, oldest.key))) return null;
  return oldest;
}

async function keptVariants(): Promise<readonly KeptVariant[]> {
  const root = await privateFolder(rootName);
  const kept: KeptVariant[] = [];
  for (const work of await namesIn(root)) {
    const folder = await root.getDirectoryHandle(work);
    for (const key of await namesIn(folder)) {
      kept.push({ work, key, atMs: await writtenAtMs(await folder.getDirectoryHandle(key)) });
    }
  }
  return kept;
}

async function deleteVariantFiles(work: string, key: string): Promise<boolean> {
  try {
    await (await (await privateFolder(rootName)).getDirectoryHandle(work)).removeEntry(key, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

/** Deletes the files that a work no longer has; without keys, all of them. */
export async function deleteOtherVariants(work: string, wanted: ReadonlySet<string> = new Set()): Promise<void> {
  try {
    const root = await privateFolder(rootName);
    if (wanted.size === 0) return await root.removeEntry(work, { recursive: true });
    const folder = await root.getDirectoryHandle(work);
    for (const key of await namesIn(folder)) if (!wanted.has(key)) await deleteVariantFiles(work, key);
  } catch {
    // There is nothing of it.
  }
}

async function namesIn(folder: FileSystemDirectoryHandle): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  return names;
}
