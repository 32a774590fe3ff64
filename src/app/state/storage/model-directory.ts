/** Models on disk: the bytes of each and its external data, streamed there and read back as Files. */
import type { ModelFiles } from '../../jobs/jobs';
import { privateFolder, readPrivateFile, writePrivateFile } from './private-files';

const rootName = 'models';
const manifestName = 'files.json';

interface Manifest {
  readonly name: string;
  readonly externalPaths: readonly string[];
}

/** Puts a model into a folder of its own. The manifest is written last, so a broken-off copy is never taken for a whole one. */
export async function writeModelFiles(folder: FileSystemDirectoryHandle, files: ModelFiles): Promise<void> {
  await writePrivateFile(folder, 'model', files.model);
  for (const [index, external] of files.externalData.entries())
    await writePrivateFile(folder, `external-${index}`, external.data);
  const manifest: Manifest = { name: files.name, externalPaths: files.externalData.map((external) => external.path) };
  await writePrivateFile(folder, manifestName, JSON.stringify(manifest));
}

/** Rejects when the model is not there in full. Only the manifest is read. */
export async function readModelFiles(folder: FileSystemDirectoryHandle): Promise<ModelFiles> {
  const fileOf = (name: string): Promise<File> => readPrivateFile(folder, name);
  const manifest = JSON.parse(await (await fileOf(manifestName)).text()) as Manifest;
  const externalData = await Promise.all(
    manifest.externalPaths.map(async (path, index) => ({ path, data: await fileOf(`external-${index}`) })),
  );
  return { model: await fileOf('model'), name: manifest.name, externalData };
}

/** The time when the model was stored, in milliseconds since 1970; 0 for an incomplete copy. */
export async function writtenAtMs(folder: FileSystemDirectoryHandle): Promise<number> {
  return readPrivateFile(folder, manifestName).then(
    ({ lastModified }) => lastModified,
    () => 0,
  );
}

export async function storeModelFiles(id: string, files: ModelFiles): Promise<void> {
  await writeModelFiles(await (await privateFolder(rootName)).getDirectoryHandle(id, { create: true }), files);
}

/** The kept model, or `null` when it is not there in full. */
export async function loadModelFiles(id: string): Promise<ModelFiles | null> {
  try {
    return await readModelFiles(await (await privateFolder(rootName)).getDirectoryHandle(id));
  } catch {
    return null;
  }
}

export async function deleteModelFiles(id: string): Promise<void> {
  try {
    await (await privateFolder(rootName)).removeEntry(id, { recursive: true });
  } catch {
    // It was not there.
  }
}
