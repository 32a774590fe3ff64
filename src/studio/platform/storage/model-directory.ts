/** The origin private file system: the bytes of each model and its external data, streamed to disk and read back as Files. */
import type { ModelFiles } from '../../jobs/jobs';
import { privateFolder, readPrivateFile, writePrivateFile } from './private-files';

const rootName = 'models';
const manifestName = 'files.json';

interface Manifest {
  readonly name: string;
  readonly externalPaths: readonly string[];
}

/** Keeps a model. The manifest is written last, so a broken-off copy is never taken for a whole one. */
export async function storeModelFiles(id: string, files: ModelFiles): Promise<void> {
  const directory = await (await privateFolder(rootName)).getDirectoryHandle(id, { create: true });
  await writePrivateFile(directory, 'model', files.model);
  for (const [index, external] of files.externalData.entries())
    await writePrivateFile(directory, `external-${index}`, external.data);
  const manifest: Manifest = { name: files.name, externalPaths: files.externalData.map((external) => external.path) };
  await writePrivateFile(directory, manifestName, JSON.stringify(manifest));
}

/** The kept model, or `null` when it is not there in full. Nothing is read but the manifest. */
export async function loadModelFiles(id: string): Promise<ModelFiles | null> {
  try {
    const directory = await (await privateFolder(rootName)).getDirectoryHandle(id);
    const fileOf = (name: string): Promise<File> => readPrivateFile(directory, name);
    const manifest = JSON.parse(await (await fileOf(manifestName)).text()) as Manifest;
    const externalData = await Promise.all(
      manifest.externalPaths.map(async (path, index) => ({ path, data: await fileOf(`external-${index}`) })),
    );
    return { model: await fileOf('model'), name: manifest.name, externalData };
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
