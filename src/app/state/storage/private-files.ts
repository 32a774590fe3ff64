/** The origin private file system: folders of this application, and files streamed into them. */
import { currentJobs } from '../jobs/job-runner';

/** A folder at the top, made when it is not there. */
export async function privateFolder(name: string): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(name, { create: true });
}

export async function writePrivateFile(
  folder: FileSystemDirectoryHandle,
  name: string,
  content: Blob | string,
): Promise<void> {
  const handle = await folder.getFileHandle(name, { create: true });
  // Safari before 26 writes only in workers.
  if (!('createWritable' in handle)) return writeInWorker(handle, content);
  const stream = await handle.createWritable();
  try {
    await stream.write(content);
    await stream.close();
  } catch (error) {
    await stream.abort().catch(() => undefined);
    throw error;
  }
}

async function writeInWorker(handle: FileSystemFileHandle, content: Blob | string): Promise<void> {
  const path = await (await navigator.storage.getDirectory()).resolve(handle);
  await currentJobs().models.store({ signal: new AbortController().signal }, path ?? [], new Blob([content]));
}

/** Opens a handle without reading. Rejects if the file is missing. */
export async function readPrivateFile(folder: FileSystemDirectoryHandle, name: string): Promise<File> {
  return (await folder.getFileHandle(name)).getFile();
}
