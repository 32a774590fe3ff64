/**
 * Data files on disk, one folder per source. All files of it lie behind each other in one: ten thousand small
 * pictures would take minutes as files of their own.
 */
import type { DroppedDataFile } from '../../jobs/jobs';
import { mapInSlices } from '../../platform/in-slices';
import { privateFolder, readPrivateFile, writePrivateFile } from './private-files';

const rootName = 'data';
const manifestName = 'files.json';
const contentName = 'content';
/** The number of files that are joined in a few milliseconds. */
const groupLength = 50;

/** Larger data is not copied: the work is restored without it and asks for the files again. */
const mostKeptDataBytes = 200_000_000;

type Manifest = readonly { readonly path: string; readonly sizeBytes: number }[];

/** The manifest is written last, so a broken-off copy is never taken for a whole one. False: too large to be copied. */
export async function storeDataFiles(key: string, files: readonly DroppedDataFile[]): Promise<boolean> {
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
export async function loadDataFiles(key: string): Promise<readonly DroppedDataFile[] | null> {
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
export async function deleteOtherData(wanted: ReadonlySet<string>): Promise<void> {
  try {
    const root = await privateFolder(rootName);
    const kept: string[] = [];
    for await (const name of root.keys()) kept.push(name);
    for (const name of kept) if (!wanted.has(name)) await root.removeEntry(name, { recursive: true });
  } catch {
    // There is nothing to delete without a file system.
  }
}
