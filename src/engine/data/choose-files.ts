/** Chooses the files that make one data set from several files of one format. */
import { filesOfDataset } from './data-formats';
import type { DataFile, DataFormat } from './dataset';
import { isForEvaluation } from './evaluation-names';
import { baseName } from './readers/file-name';

/**
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
