/** Folders among data files without any readable file. Its name may be a class. */
import { MemorySource } from '../../onnx/byte-source';
import type { DataFile } from '../dataset';

/** Stands for a folder in a list of files: its path ends with a slash, and it has no bytes. */
export function listedFolder(path: string): DataFile {
  return { path: path.endsWith('/') ? path : `${path}/`, source: new MemorySource(new Uint8Array(0)) };
}

export function isListedFolder({ path }: Pick<DataFile, 'path'>): boolean {
  return path.endsWith('/');
}

/** The path of the folder that holds a file, or of a listed folder itself, with a slash at its end; empty for none. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
