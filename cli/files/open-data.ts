/** Data given on the command line: files, folders and zips become a data set. */
import type { Dataset, ReadContext } from '../../src/engine/data/dataset';
import { openDataset } from '../../src/engine/data/open-dataset';
import { findDataFiles, type FoundDataFile } from '../../src/runtime/node/disk/data-files';
import { createNodePictureDecoder } from '../../src/runtime/node/node-picture-decoder';
import type { DataRequest } from '../../src/work/request';
import type { Shell } from '../command';

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
