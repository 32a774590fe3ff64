import { ParetoError } from '../../errors';
import type { DataFile, Dataset, DatasetDescription } from '../dataset';
import { byCodeUnits, folderClasses } from './folder-classes';
import { isLabelTable, readLabelTable } from './label-table';
import { LabeledFiles, type FileContent, type LabelColumn } from './labeled-files';
import { isListedFolder } from './listed-folder';
import { listedPaths } from './listed-paths';

/** The differences between a folder of pictures and one of sounds. */
export interface FileKind {
  readonly format: DatasetDescription['format'];
  /** A noun for sentences: `pictures`. */
  readonly what: string;
  /** The formats, for sentences: `PNG, JPEG, WebP and GIF`. */
  readonly formats: string;
  isSample(file: DataFile): boolean;
  readonly content: FileContent;
  /** Finds labels in other files, if no table has any. */
  findLabels?(files: readonly DataFile[], samples: readonly DataFile[]): FoundLabels | undefined;
  /** Returns notes for people about data that begins with this file. */
  notesOf?(first: DataFile): readonly string[];
}

/**
 * Opens one sample per file, sorted by path (UTF-16 code units). Labels come from a `labels.csv` (the one with the
 * shortest path), or else from what `findLabels` finds, or else from the names of the subfolders. Empty subfolders may be listed among the files. It reads
 * only that table and, for the notes, the beginning of the first file. Throws `data/empty` if no file is of this kind.
 */
export function openLabeledFiles(given: readonly DataFile[], name: string, kind: FileKind): Dataset {
  const sorted = given.toSorted((a, b) => byCodeUnits(a.path, b.path));
  const files = sorted.filter((file) => !isListedFolder(file));
  const samples = files.filter((file) => kind.isSample(file));
  if (samples.length === 0) {
    throw new ParetoError('data/empty', `There are no ${kind.what} in "${name}": ${kind.formats} are supported.`);
  }
  const table = files.filter(isLabelTable).toSorted((a, b) => a.path.length - b.path.length)[0];
  const labels =
    table === undefined
      ? (kind.findLabels?.(files, samples) ?? fromFolders(samples, sorted.filter(isListedFolder)))
      : tableLabels(table, samples);
  const known = new Set(labels.sources);
  const others = files.filter((file) => !known.has(file) && !kind.isSample(file));
  const leftOut = others.length === 0 ? [] : [`Left out, because they are not ${kind.what}: ${listedPaths(others)}.`];
  const [first] = labels.files;
  const notes = [...labels.notes, ...leftOut, ...(first === undefined ? [] : (kind.notesOf?.(first) ?? []))];
  const used = [...labels.sources, ...labels.files];
  return new LabeledFiles({ name, format: kind.format, notes }, used, labels.files, kind.content, labels.columns);
}

export interface FoundLabels {
  /** The files that are samples. */
  readonly files: readonly DataFile[];
  readonly columns: readonly LabelColumn[];
  /** Other files from which the labels are read. */
  readonly sources: readonly DataFile[];
  readonly notes: readonly string[];
}

function tableLabels(table: DataFile, samples: readonly DataFile[]): FoundLabels {
  return { ...readLabelTable(table, samples), sources: [table] };
}

function fromFolders(samples: readonly DataFile[], folders: readonly DataFile[]): FoundLabels {
  const { files, column, emptyFolders, notes } = folderClasses(samples, folders);
  return { files, columns: column === null ? [] : [column], sources: emptyFolders, notes };
}
