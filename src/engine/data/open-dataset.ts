/** Files that a person gave → a data set, whatever their format. */
import { ParetoError } from '../errors';
import { hashSource } from '../recipe/hash-source';
import { createSha256 } from '../recipe/sha256';
import type { DataFile, Dataset, PictureDecoder, ReadContext } from './dataset';
import { openCsv } from './readers/csv';
import { baseName } from './readers/file-name';
import { isIdx, openIdx } from './readers/idx';
import { isNpy } from './readers/npy-header';
import { isArrayName, openNpy, openNpz } from './readers/npz';
import { isZip, openZip } from './readers/zip';

export interface OpenOptions {
  readonly decoder: PictureDecoder;
  readonly context: ReadContext;
}

/**
 * Recognises what the files are, by content first and by names second, and opens them. Reads tables of contents and
 * headers, not the samples. Throws a ParetoError with a `data/` code that names a file and says what it is otherwise.
 */
export async function openDataset(files: readonly DataFile[], { context }: OpenOptions): Promise<Dataset> {
  const [file] = files;
  if (file === undefined) throw new ParetoError('data/empty', 'There is no file to read data from. Choose some.');
  if (files.every((each) => isIdx(each))) return openIdx(files, baseName(file.path));
  if (files.every(({ source }) => isNpy(source))) return openNpy(files, baseName(file.path), context);
  if (isZip(file.source)) {
    const entries = await openZip(file, context);
    if (entries.every(({ path }) => isArrayName(path))) return openNpz(file, context);
  }
  if (/\.(csv|tsv|txt)$/i.test(file.path)) return openCsv(file, context);
  throw new ParetoError('data/unknown', `"${file.path}" is of no format that can be read as data.`);
}

/** SHA-256 over the paths and contents of the files behind a data set, in their order, as 64 hexadecimal digits. */
export async function hashDataset(dataset: Dataset, context: ReadContext): Promise<string> {
  const hash = createSha256();
  for (const { path, source } of dataset.files) {
    // The digest of each file is of fixed length and the path ends with a zero, so no two lists read the same.
    hash.update(new TextEncoder().encode(`${path}\0${await hashSource(source, context)}`));
  }
  return hash.digestHex();
}
