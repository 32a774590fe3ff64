import type { DataFile } from '../dataset';
import type { LabelColumn } from './labeled-files';
import { folderOf } from './listed-folder';
import { listedPaths } from './listed-paths';

export interface FolderClasses {
  /** Files with a class: those in sub-folders. All files if there are no classes. */
  readonly files: readonly DataFile[];
  readonly column: LabelColumn | null;
  /** The listed folders that are classes without a file. */
  readonly emptyFolders: readonly DataFile[];
  readonly notes: readonly string[];
}

/** Folders whose name tells the kind or the purpose of their files. Nobody trains a class of that name. */
const namesOfKinds =
  /^(images?|imgs?|pictures?|photos?|pngs?|jpe?gs?|sounds?|audio|wavs?|clips|files|raw|data(set)?|samples?|inputs?|train(ing)?|test(ing)?|val(id(ation)?)?|eval(uation)?|calib(ration)?|masks?|labels?|annotations?|meta(data)?|docs?)[-_]?\d*$/i;

/**
 * The class of each file is the folder directly above it. The names are sorted by UTF-16 code units and are the classes
 * 0 … n−1, as in torchvision's `ImageFolder`. A folder that all files share is no class. Files directly in it have no
 * class and are left out, unless there are no subfolders at all.
 *
 * An empty folder beside those of classes is a class too, because numbers would shift without it. Files that are all in
 * one folder are of one class if another folder is beside it, or if it is a subfolder of the given one. They have no
 * class if its name describes files (`images`, `test`), or if it is the given folder itself.
 */
export function folderClasses(files: readonly DataFile[], listed: readonly DataFile[] = []): FolderClasses {
  const rootLength = commonRootLength(files.map(({ path }) => path));
  const inSubfolders = files.filter(({ path }) => folderOf(path).length > rootLength);
  const inFolders = inSubfolders.length === 0 ? files : inSubfolders;
  const folders = new Set(inFolders.map(({ path }) => folderOf(path)));
  const parents = new Set(Array.from(folders, parentOf));
  const emptyFolders = listed.filter(
    ({ path }) => !folders.has(path) && parents.has(parentOf(path)) && !namesOfKinds.test(nameOf(path)),
  );
  const [first = ''] = folders;
  const isOneClass = inSubfolders.length === 0;
  if (isOneClass && !mayBeClass(first, emptyFolders.length > 0)) {
    return { files, column: null, emptyFolders: [], notes: [] };
  }
  return {
    files: inFolders,
    column: classColumn(inFolders, emptyFolders),
    emptyFolders,
    notes: [
      ...noteOfFilesLeft(files, inFolders),
      ...noteOfSeveralParents([...parents].map((path) => path.slice(rootLength, -1))),
      ...(isOneClass && emptyFolders.length === 0 ? [noteOfOneClass(nameOf(first))] : []),
      ...noteOfEmptyFolders(emptyFolders),
    ],
  };
}

/** True if the only folder with samples may be a class. */
function mayBeClass(folder: string, hasOthersBeside: boolean): boolean {
  if (folder === '' || namesOfKinds.test(nameOf(folder))) return false;
  return hasOthersBeside || parentOf(folder) !== '';
}

function classColumn(files: readonly DataFile[], emptyFolders: readonly DataFile[]): LabelColumn {
  const names = [...files, ...emptyFolders].map(({ path }) => nameOf(folderOf(path)));
  const classes = [...new Set(names)].toSorted(byCodeUnits);
  const numbers = new Map(classes.map((name, index) => [name, BigInt(index)]));
  return {
    field: { name: 'folder', kind: 'class', dtype: 'int64', shape: [], classes },
    valueOf: (index) => ({ dtype: 'int64', dims: [], data: BigInt64Array.of(numbers.get(names[index]!)!) }),
  };
}

/** Returns the last name of a folder's path, which ends with a slash. */
function nameOf(folder: string): string {
  return folder.slice(parentOf(folder).length, -1);
}

function parentOf(folder: string): string {
  return folderOf(folder.slice(0, -1));
}

/** Compares by UTF-16 code units, so that the order is the same in every language. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function noteOfFilesLeft(files: readonly DataFile[], kept: readonly DataFile[]): readonly string[] {
  const known = new Set(kept);
  const left = files.filter((file) => !known.has(file));
  return left.length === 0
    ? []
    : [`Left out, because they are in no sub-folder and so have no class: ${listedPaths(left)}.`];
}

/** `train/cat` and `test/cat` are one class, and accuracy on what a model was trained on says little. */
function noteOfSeveralParents(parents: readonly string[]): readonly string[] {
  if (parents.length === 1) return [];
  const names = parents.filter((parent) => parent !== '').toSorted(byCodeUnits);
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ' …' : '');
  return [`Folders inside ${shown} that have the same name are one class. Open one of them to read it alone.`];
}

function noteOfOneClass(name: string): string {
  return `All files are in the sub-folder "${name}", which is used as their class. If it is not a class, open that folder instead.`;
}

function noteOfEmptyFolders(folders: readonly DataFile[]): readonly string[] {
  return folders.length === 0
    ? []
    : [`Classes without a sample, because no file in their folders can be read: ${listedPaths(folders)}.`];
}

/** The length of the folders that all paths begin with, the last slash included. */
function commonRootLength(paths: readonly string[]): number {
  let root = folderOf(paths[0]!);
  for (const path of paths) while (!path.startsWith(root)) root = parentOf(root);
  return root.length;
}
