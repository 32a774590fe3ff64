/** NumPy arrays, alone (.npy) or several in a zip (.npz). */
import { ParetoError } from '../../errors';
import { isNamedAs } from '../data-formats';
import type { DataFile, Dataset, DatasetDescription, ReadContext } from '../dataset';
import { ArrayDataset } from './array-dataset';
import { chooseRows } from './choose-rows';
import { baseName } from './file-name';
import { readNpyHeader } from './npy-header';
import { rowArray, type RowArray } from './row-array';
import { TextClasses } from './text-classes';
import { reasonOf } from './unreadable-sample';
import { openZip } from './archives/zip';
import { productOf } from '../../product-of';

/** The most bytes of an array of texts that are read for classes. */
const largestTextBytes = 2 ** 26;
/** About 30 ms of work. */
const textBlockBytes = 2 ** 20;

/**
 * The samples of one or more .npy: the rows of their arrays, in fields named after the files. Several belong together when
 * they have equally many rows; a note tells what is left out. Reads the headers, and single texts, which may be classes.
 * `name` is for people.
 */
export async function openNpy(files: readonly DataFile[], name: string, context: ReadContext): Promise<Dataset> {
  return openArrays(files, { name, format: 'npy', notes: [] }, files, context);
}

/**
 * The samples of an .npz: the rows of its arrays that have equally many; a note tells what is left out. Reads the table of
 * contents, the headers, and single texts, which may be classes.
 */
export async function openNpz(file: DataFile, context: ReadContext): Promise<Dataset> {
  const entries = await openZip(file, context);
  const arrays = entries
    .filter(({ path }) => isNamedAs('npy', path))
    .map(({ path, source }) => ({ path, source, title: `"${path}" in "${file.path}"` }));
  const notes = entries
    .filter(({ path }) => !isNamedAs('npy', path))
    .map(({ path }) => `Left out "${path}": it is not an array.`);
  return openArrays(arrays, { name: baseName(file.path), format: 'npz', notes }, [file], context);
}

interface ArrayFile extends DataFile {
  readonly title?: string;
}

async function openArrays(
  arrayFiles: readonly ArrayFile[],
  about: Pick<DatasetDescription, 'name' | 'format' | 'notes'>,
  files: readonly DataFile[],
  context: ReadContext,
): Promise<Dataset> {
  const arrays: RowArray[] = [];
  const leftOut: string[] = [];
  let refusal: ParetoError | undefined;
  for (const file of arrayFiles) {
    await context.checkpoint();
    try {
      arrays.push(npyRows(file, file.title ?? `"${file.path}"`));
    } catch (error) {
      leftOut.push(`Left out: ${reasonOf(error)}`);
      refusal ??= error as ParetoError;
    }
  }
  if (arrays.length === 0 && refusal !== undefined) throw refusal;
  const { arrays: chosen, notes, ...problem } = chooseRows(arrays, `"${about.name}"`);
  const described: RowArray[] = [];
  for (const array of chosen) described.push(await withClasses(array, context));
  const unused = [...notes, ...leftOut];
  return new ArrayDataset(
    { ...about, ...problem, notes: [...about.notes, ...unused], ...(unused.length > 0 && { leftOut: unused }) },
    files,
    described,
  );
}

/** An array with a text for each sample, with the classes that those may be. */
async function withClasses(array: RowArray, context: ReadContext): Promise<RowArray> {
  const { field, rows, rowBytes } = array;
  const isSingle = field.shape.every((size) => size === 1);
  if (field.kind !== 'text' || !isSingle || rows * rowBytes > largestTextBytes) return array;
  const texts = new TextClasses();
  const cursor = array.open();
  const atOnce = Math.max(1, Math.floor(textBlockBytes / rowBytes));
  try {
    for (let start = 0; start < rows && !texts.areTooMany; start += atOnce) {
      await context.checkpoint();
      const read = await cursor.read(start, Math.min(atOnce, rows - start), context);
      for (const text of read as readonly string[]) texts.add(text);
    }
  } catch (error) {
    // The samples say so when they are read.
    reasonOf(error);
    return array;
  }
  return { ...array, field: { ...field, ...texts.described } };
}

function npyRows(file: DataFile, title: string): RowArray {
  const { type, shape, dataStart, fortranOrder } = readNpyHeader(file.source, title);
  if (shape.length === 0) {
    throw new ParetoError(
      'data/scalar',
      `${title} is a single value, not one per sample. Use an array with a sample axis.`,
    );
  }
  const dataBytes = productOf(shape) * type.widthBytes;
  const presentBytes = file.source.sizeBytes - dataStart;
  if (presentBytes < dataBytes) {
    throw new ParetoError(
      'data/damaged',
      `${title} is incomplete: an array of shape [${shape.join(', ')}] needs ${dataBytes} bytes, but there are ${presentBytes}. Download or copy it again.`,
    );
  }
  const name = baseName(file.path).replace(/\.npy$/i, '');
  const source = file.source.slice(dataStart, dataStart + dataBytes);
  return rowArray({ name, title, type, shape, source, columnMajor: fortranOrder });
}
