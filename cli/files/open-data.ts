/** Data given on the command line: files, folders and zips become a data set. */
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { DataFile, Dataset, ReadContext } from '../../src/engine/data/dataset';
import { openDataset } from '../../src/engine/data/open-dataset';
import { isListedFolder, listedFolder } from '../../src/engine/data/readers/listed-folder';
import { ParetoError } from '../../src/engine/errors';
import type { DataFileOnDisk } from '../../src/runtime/node/evaluate-in-browser';
import { createNodePictureDecoder } from '../../src/runtime/node/node-picture-decoder';
import { PathSource } from '../../src/runtime/node/path-source';
import type { DataRequest } from '../../src/work/request';
import type { Shell } from '../command';
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

/** Throws `input/…` and what `openDataset` throws. */
export async function openGivenData(
  { inputs }: Pick<Shell, 'inputs'>,
  { sources, tokenizer }: Pick<DataRequest, 'sources' | 'tokenizer'>,
  context: ReadContext,
): Promise<{ readonly files: readonly FoundDataFile[]; readonly dataset: Dataset }> {
  const files = await findDataFiles(sources, context, tokenizer);
  const dataset = await openData(files, context);
  inputs.add(filesRead(files, dataset));
  return { files, dataset };
}

/**
 * Paths of the files that were named, and of those in folders that the data is read from. Others in a folder are left
 * out of the data, because it may hold the model and the outputs of earlier commands.
 */
function filesRead(files: readonly FoundDataFile[], dataset: Dataset): readonly string[] {
  // Data of a zip names the files in it with paths that begin with the path of the zip.
  const read = new Set(dataset.files.flatMap(({ path }) => [path, ...foldersAbove(path)]));
  const isRead = ({ path }: FoundDataFile): boolean =>
    files.length === 1 || !path.includes('/') || read.has(path) || read.has(path.replace(/\.(zip|gz)$/i, ''));
  return files.filter(isRead).map(({ diskPath }) => diskPath);
}

/** `a/b/c` → `a/b`, `a` */
function foldersAbove(path: string): readonly string[] {
  const end = path.lastIndexOf('/');
  return end < 0 ? [] : [path.slice(0, end), ...foldersAbove(path.slice(0, end))];
}

/** Throws what `openDataset` throws. */
export function openData(files: readonly FoundDataFile[], context: ReadContext): Promise<Dataset> {
  return openDataset(files, { decoder: createNodePictureDecoder(), context });
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
