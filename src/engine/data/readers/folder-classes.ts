import type { DataFile } from '../dataset';
import type { LabelColumn } from './labelled-files';
import { listedPaths } from './listed-paths';

export interface FolderClasses {
  /** Files with a class: those in sub-folders. All files where there are no classes. */
  readonly files: readonly DataFile[];
  readonly column: LabelColumn | null;
  readonly notes: readonly string[];
}

/**
 * The class of each file is the folder directly above it; the names, sorted by UTF-16 code units, are the classes
 * 0 … n−1, as in torchvision's `ImageFolder`. A folder that all files share says nothing, so it is passed over: files
 * directly in it have no class and are left out, unless there are no sub-folders at all.
 */
export function folderClasses(files: readonly DataFile[]): FolderClasses {
  const rootLength = commonRootLength(files.map(({ path }) => path));
  const classOf = (path: string) => path.slice(rootLength).split('/').at(-2) ?? null;
  const inFolders = files.filter(({ path }) => classOf(path) !== null);
  if (inFolders.length === 0) return { files, column: null, notes: [] };
  const classes = [...new Set(inFolders.map(({ path }) => classOf(path)!))].toSorted(byCodeUnits);
  const numbers = new Map(classes.map((name, index) => [name, BigInt(index)]));
  return {
    files: inFolders,
    column: {
      field: { name: 'folder', kind: 'class', dtype: 'int64', shape: [], classes },
      valueOf: (index) => ({
        dtype: 'int64',
        dims: [],
        data: BigInt64Array.of(numbers.get(classOf(inFolders[index]!.path)!)!),
      }),
    },
    notes: [...noteOfFilesLeft(files, inFolders), ...noteOfSeveralParents(inFolders, rootLength)],
  };
}

/** By UTF-16 code units, the same in every language. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function noteOfFilesLeft(files: readonly DataFile[], kept: readonly DataFile[]): readonly string[] {
  const known = new Set(kept);
  const left = files.filter((file) => !known.has(file));
  return left.length === 0
    ? []
    : [`Left out, because they lie in no sub-folder and so have no class: ${listedPaths(left)}.`];
}

/** `train/cat` and `test/cat` are one class, and accuracy on what a model was trained on says little. */
function noteOfSeveralParents(files: readonly DataFile[], rootLength: number): readonly string[] {
  const parents = new Set(files.map(({ path }) => path.slice(rootLength).split('/').slice(0, -2).join('/')));
  if (parents.size === 1) return [];
  const names = [...parents].filter((parent) => parent !== '').toSorted(byCodeUnits);
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ' …' : '');
  return [`Folders inside of ${shown} that have the same name are one class. Open one of them to read it alone.`];
}

/** The length of the folders that all paths begin with, the last slash included. */
function commonRootLength(paths: readonly string[]): number {
  let root = paths[0]!.slice(0, paths[0]!.lastIndexOf('/') + 1);
  for (const path of paths) {
    while (!path.startsWith(root)) root = root.slice(0, root.lastIndexOf('/', root.length - 2) + 1);
  }
  return root.length;
}
