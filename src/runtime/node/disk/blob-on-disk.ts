/** Files of the disk as Blobs. A thread cannot receive such a Blob, and opens the file itself. */
import { openAsBlob } from 'node:fs';
import { resolve } from 'node:path';

const paths = new WeakMap<Blob, string>();

/** Reads nothing yet. Rejects with the error of the system. */
export async function blobOnDisk(path: string): Promise<Blob> {
  const blob = await openAsBlob(path);
  paths.set(blob, resolve(path));
  return blob;
}

/** The absolute path of a Blob of `blobOnDisk`; `undefined` for another. */
export const pathOfBlob = (blob: Blob): string | undefined => paths.get(blob);
