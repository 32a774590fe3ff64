/** Recognizes data files by their names. Their content is examined when they are read. */
import { formatEndings } from '../../engine/data/data-formats';
import { isTokenizerName } from '../../engine/data/readers/tokenizer-name';
import { isTestDataName } from '../../engine/data/readers/test-data-name';
import { droppedPath } from './dropped-path';

/** Endings of all files that the readers accept, for file dialogs. */
export const dataEndings = [...formatEndings, '.zip', '.gz'];

/**
 * Endings that models of other formats have too. If such a file comes alone, the model reader says which format it is.
 */
const ambiguousEndings = ['.safetensors', '.pb'];

function endsWithOneOf(name: string, endings: readonly string[]): boolean {
  return endings.some((ending) => name.endsWith(ending));
}

export function isDataName(name: string): boolean {
  const lower = name.toLowerCase();
  return endsWithOneOf(lower, dataEndings) || /-idx\d-ubyte$/.test(lower) || isTokenizerName(lower);
}

/** False for a file that may also be a model of another format. */
export function isSurelyData(file: File): boolean {
  const lower = file.name.toLowerCase();
  if (!isDataName(lower)) return false;
  return !endsWithOneOf(lower, ambiguousEndings) || isTestDataName(lower);
}

/** `photos` for a folder, `cats.zip` for one file, `12 files` for more: the words that people use for dropped files. */
export function nameOfDropped(files: readonly File[]): string {
  const [first] = files;
  if (first === undefined) return 'no files';
  const folders = new Set(files.map((file) => droppedPath(file).split('/').slice(0, -1)[0] ?? ''));
  const [folder] = folders;
  if (folders.size === 1 && folder !== undefined && folder !== '') return folder;
  return files.length === 1 ? first.name : `${files.length} files`;
}
