/** Files that a person gave → a data set, whatever their format. */
import { isParetoError, ParetoError } from '../errors';
import { type HashContext, hashSource } from '../files/hash-source';
import { createSha256 } from '../files/sha256';
import { filesOfDataset } from './data-formats';
import type { DataFile, DataFormat, Dataset, PictureDecoder, ReadContext } from './dataset';
import { describeForeignData } from './foreign-data';
import { mayHoldBoxes } from './readers/boxes/box-file-name';
import { yoloLabelPaths } from './readers/boxes/yolo-boxes';
import { openCsv } from './readers/csv';
import { baseName } from './readers/file-name';
import { byCodeUnits } from './readers/folder-classes';
import { openIdx } from './readers/idx';
import { openJsonLines } from './readers/json-lines';
import { fingerprintedSource } from './readers/archives/inflated-source';
import { isLabelTable } from './readers/label-table';
import { folderOf, isListedFolder, listedFolder } from './readers/listed-folder';
import { listedPaths } from './readers/listed-paths';
import { openNpy, openNpz } from './readers/npz';
import { openOnnxTestData } from './readers/onnx-test-data';
import { openParquet } from './readers/parquet/parquet';
import { openPictureFolder } from './readers/picture-folder';
import { openSafetensors } from './readers/safetensors';
import { openSoundFolder } from './readers/sound-folder';
import { openTextLines } from './readers/text-lines';
import { isTokenizerName } from './readers/tokenizer-name';
import { isMeant, type RecognizedFile, recognizeFiles, takeTokenizer } from './recognize-data';
import { withTokenizer } from './tokenizer/tokenized-dataset';
import { isForEvaluation } from './evaluation-names';

export interface OpenOptions {
  readonly decoder: PictureDecoder;
  readonly context: ReadContext;
}

/**
 * Recognizes the files by content first and by names second, and opens them. A zip and a gzip are opened through to
 * their files. The format with the most bytes is used, and among several splits the one for testing. The notes list
 * what is left out. Reads tables of contents and headers, not the samples.
 *
 * Throws a ParetoError that names a file: `data/empty` without files, `data/unknown` if none can be read, and the
 * errors of the readers.
 */
export async function openDataset(files: readonly DataFile[], options: OpenOptions): Promise<Dataset> {
  const meant = files.filter(isMeant);
  const given = meant.filter((file) => !isListedFolder(file));
  if (given.length === 0)
    throw new ParetoError('data/empty', 'There is no file to read data from. Choose one or more files.');
  const all = await recognizeFiles(meant, options.context);
  const { rest: recognized, tokenizer } = takeTokenizer(all.filter(({ file }) => !isListedFolder(file)));
  const format = mainFormat(recognized);
  if (format === null)
    throw notData(given, tokenizer === undefined ? recognized : [...recognized, { file: tokenizer }]);
  const ofFormat = recognized
    .filter((each) => each.format === format)
    .map(({ file }) => file)
    // The order of fields and the hash follow the order of files, so it must not depend on how they were dropped.
    .toSorted((a, b) => byCodeUnits(a.path, b.path));
  const chosen = chooseFiles(format, ofFormat);
  const used = isOfFiles(format) ? [...chosen, ...labelsOf(format, recognized)] : chosen;
  const name = nameOf(
    given.filter(({ path }) => !isTokenizerName(path)),
    used,
  );
  const folders = isOfFiles(format) ? foldersOf([...files, ...all.map(({ file }) => file)]) : [];
  const dataset = await withGivenTokenizer(await open(format, [...used, ...folders], name, options), tokenizer);
  const others = recognized.map(({ file }) => file).filter((file) => !used.includes(file));
  return others.length === 0 ? dataset : withNote(dataset, `Left out: ${listedPaths(others)}.`);
}

/** Opens the tokenizer for the texts of a data set. If no field holds texts, it is not opened, and a note says so. */
async function withGivenTokenizer(dataset: Dataset, file: DataFile | undefined): Promise<Dataset> {
  if (file === undefined) return dataset;
  if (dataset.description.fields.every(({ kind }) => kind !== 'text')) {
    return withNote(dataset, `The tokenizer "${file.path}" is not used, because no field contains texts.`);
  }
  // A library comes with it.
  const { openTokenizer } = await import('./tokenizer/text-tokenizer');
  return withTokenizer(dataset, await openTokenizer(file), file);
}

/**
 * SHA-256 over the paths and contents of the files behind a data set, in their order, as 64 hexadecimal digits. A file
 * that cannot be unpacked counts by its path, because the others are still usable. A file that unpacks to over a
 * hundred times its size counts by its stored bytes, which bounds the time.
 */
export async function hashDataset(
  dataset: Dataset,
  context: ReadContext & Pick<HashContext, 'createHash'>,
): Promise<string> {
  const hash = (context.createHash ?? createSha256)();
  for (const { path, source } of dataset.files) {
    // The digest of each file is of fixed length and the path ends with a zero, so no two lists read the same.
    hash.update(new TextEncoder().encode(`${path}\0${await hashReadable(source, context)}`));
  }
  return hash.digestHex();
}

async function hashReadable(
  source: DataFile['source'],
  context: ReadContext & Pick<HashContext, 'createHash'>,
): Promise<string> {
  try {
    // A zip entry keeps state for further reads, which would add up over thousands of files, so a source of its own is hashed.
    return await hashSource(fingerprintedSource(source), context);
  } catch (error) {
    // An entry that is encrypted or compressed in an unsupported way fails with an error code of the zip reader.
    if (isParetoError(error) && /^data\/(damaged$|zip-)/.test(error.code)) return 'damaged';
    throw error;
  }
}

function open(
  format: DataFormat,
  files: readonly DataFile[],
  name: string,
  { decoder, context }: OpenOptions,
): Dataset | Promise<Dataset> {
  switch (format) {
    case 'npz':
      return openNpz(files[0]!, context);
    case 'npy':
      return openNpy(files, name, context);
    case 'csv':
      return openCsv(files[0]!, context);
    case 'jsonl':
      return openJsonLines(files[0]!, context);
    case 'text-lines':
      return openTextLines(files[0]!, context);
    case 'parquet':
      return openParquet(files, name, decoder, context);
    case 'idx':
      return openIdx(files, name);
    case 'safetensors':
      return openSafetensors(files, name);
    case 'onnx-test-data':
      return openOnnxTestData(files, name, context);
    case 'pictures':
      return openPictureFolder(files, name, decoder);
    case 'sounds':
      return openSoundFolder(files, name);
  }
}

/** Test data is beside its model. Otherwise the format with most bytes is probably the intended one. */
function mainFormat(recognized: readonly RecognizedFile[]): DataFormat | null {
  const bytes = new Map<DataFormat, number>();
  const media = recognized.some(({ format }) => isOfFiles(format));
  // Texts beside pictures look like tables of numbers.
  const boxes = new Set(
    recognized.flatMap(({ file, format }) => (format === 'pictures' ? yoloLabelPaths(file.path) : [])),
  );
  for (const { file, format } of recognized) {
    if (format === 'onnx-test-data') return format;
    if (format === null || (media && isLabelTable(file)) || boxes.has(file.path)) continue;
    bytes.set(format, (bytes.get(format) ?? 0) + file.source.sizeBytes);
  }
  const [most] = [...bytes].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? null;
}

/** True for formats in which each file is a sample. */
function isOfFiles(format: DataFormat | null): boolean {
  return format !== null && filesOfDataset(format) === 'samples';
}

/** Every folder in which something lies, whatever that is, or of which it is known that nothing does. */
function foldersOf(files: readonly DataFile[]): readonly DataFile[] {
  const paths = new Set(files.map(({ path }) => folderOf(path)));
  paths.delete('');
  return [...paths].map(listedFolder).filter(isMeant);
}

/** The files that may label those of the format. */
function labelsOf(format: DataFormat | null, recognized: readonly RecognizedFile[]): readonly DataFile[] {
  const files = recognized.map(({ file }) => file);
  return files.filter((file) => isLabelTable(file) || (format === 'pictures' && mayHoldBoxes(file.path)));
}

/** The file's name, else that of the folder that all are in, else that of the first. */
function nameOf(given: readonly DataFile[], used: readonly DataFile[]): string {
  if (given.length === 1) return baseName(given[0]!.path);
  const first = used[0]!.path;
  const folder = first.slice(0, first.indexOf('/') + 1);
  if (folder !== '' && used.every(({ path }) => path.startsWith(folder))) return folder.slice(0, -1);
  return used.length === 1 ? baseName(first) : `${baseName(first)} and ${used.length - 1} more`;
}

function notData(given: readonly DataFile[], recognized: readonly Pick<RecognizedFile, 'file'>[]): ParetoError {
  const [first] = recognized;
  if (first === undefined) {
    return new ParetoError('data/empty', `No data was found in "${given[0]!.path}".`);
  }
  const more = recognized.length === 1 ? '' : ` The other ${recognized.length - 1} files are not data either.`;
  return new ParetoError('data/unknown', describeForeignData(first.file) + more);
}

function withNote(dataset: Dataset, note: string): Dataset {
  return {
    description: { ...dataset.description, notes: [...dataset.description.notes, note] },
    files: dataset.files,
    read: (indices, fields, context) => dataset.read(indices, fields, context),
  };
}

/**
 * Chooses the files that make one data set from several files of one format.
 * Returns files in the order of their paths. It returns all of them if they belong together. Otherwise it returns one
 * `.npz`, one table, or the parts of one Parquet table (`train-00000-of-00002.parquet`): the one for testing or
 * validation by its name, or else the largest.
 */
export function chooseFiles(format: DataFormat, files: readonly DataFile[]): readonly DataFile[] {
  const which = filesOfDataset(format);
  if (which === 'one') return best(files.map((file) => [file]));
  if (which === 'parts') {
    const tables = [...new Set(files.map(tableName))];
    const parts = tables.map((table) => files.filter((file) => tableName(file) === table));
    return best(parts);
  }
  return files;
}

function best(groups: readonly (readonly DataFile[])[]): readonly DataFile[] {
  const sizeBytes = (group: readonly DataFile[]): number =>
    group.reduce((sum, { source }) => sum + source.sizeBytes, 0);
  const isTest = (group: readonly DataFile[]): number =>
    Number(group.some(({ path }) => isForEvaluation(baseName(path))));
  return groups.toSorted((a, b) => isTest(b) - isTest(a) || sizeBytes(b) - sizeBytes(a))[0]!;
}

/** The path without what counts the parts. */
function tableName({ path }: DataFile): string {
  return path.replace(/[-_.]?\d+(-of-\d+)?\.(parquet|pq)$/i, '');
}
