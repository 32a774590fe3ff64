/** Data given by paths: files, folders and zips on the disk. */
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { DataFile, ReadContext } from '../../../engine/data/dataset';
import { isListedFolder, listedFolder } from '../../../engine/data/readers/listed-folder';
import { ParetoError } from '../../../engine/errors';
import type { DataFileOnDisk } from '../evaluate-in-browser';
import { PathSource } from '../path-source';
import { findPath, whyNot } from './disk-path';

/** A folder with more is more likely a mistake (the whole disk) than data. */
const mostFiles = 2_000_000;

export interface FoundDataFile extends DataFile, DataFileOnDisk {}

/**
 * Returns the data files and the empty folders in the order of the paths, with the tokenizer last. It replaces
 * tokenizers that are in folders. Throws `input/…` for a path that cannot be read.
 */
export async function findDataFiles(
  paths: readonly string[],
  context: ReadContext,
  tokenizer?: string,
): Promise<readonly FoundDataFile[]> {
  const files: FoundDataFile[] = [];
  for (const path of paths) await addFiles(files, path, basename(resolve(path)), context);
  // The file is a tokenizer whatever its name is.
  if (tokenizer !== undefined) await addFiles(files, tokenizer, 'tokenizer.json', context);
  if (files.every(isListedFolder)) {
    throw new ParetoError(
      'input/empty',
      `There are no files in ${paths.join(', ')}. Name the folder that contains the data.`,
    );
  }
  return files;
}

/** Sorted by name, so that the order of the samples is the same on every system. Hidden files are left out. */
async function addFiles(files: FoundDataFile[], path: string, shown: string, context: ReadContext): Promise<void> {
  await context.checkpoint();
  const stats = findPath(path);
  if (!stats)
    throw new ParetoError('input/missing', `There is no file or folder ${path}. Check the name and the folder.`);
  try {
    if (stats.isDirectory()) {
      const names = readdirSync(path).filter((name) => !name.startsWith('.'));
      // Its name may be a class, and classes are numbered.
      if (names.length === 0) files.push({ ...listedFolder(shown), diskPath: path });
      for (const name of names.toSorted()) await addFiles(files, join(path, name), `${shown}/${name}`, context);
    } else if (stats.isFile()) {
      files.push({ path: shown, diskPath: path, source: PathSource.of(path) });
    } else {
      throw new ParetoError(
        'input/not-a-file',
        `${path} is a pipe or device, not a file. Save the data to a file first.`,
      );
    }
  } catch (error) {
    if (error instanceof ParetoError || (error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new ParetoError('input/unreadable', `${path} cannot be read: ${whyNot(error)}.`, { cause: error });
  }
  if (files.length <= mostFiles) return;
  throw new ParetoError(
    'input/too-many',
    `${shown} holds more than ${mostFiles} files. Name a folder that contains only the data.`,
  );
}
