/** The files of a drop, and its empty folders: their names may be classes, which are numbered with the others. */

import { isListedFolder } from '../../engine/data/readers/listed-folder';

/**
 * All files in all folders of a drop, with their `path`. An empty folder is a file without bytes whose path ends with a slash. Files that
 * systems hide count for nothing.
 */
export async function droppedFiles({ dataTransfer }: { readonly dataTransfer: DataTransfer }): Promise<File[]> {
  const items = [...dataTransfer.items].filter(({ kind }) => kind === 'file');
  // Once the event is over, the items are empty. The list of files costs less than each of its own item.
  const all = [...dataTransfer.files];
  const dropped = items.map((item, index) => ({
    // A folder has no type, and most files have one.
    entry: item.type === '' ? item.webkitGetAsEntry() : null,
    file: all.length === items.length ? all[index]! : item.getAsFile(),
  }));
  const files: File[] = [];
  for (const { entry, file } of dropped) {
    if (entry?.isDirectory) await addFolder(files, entry as FileSystemDirectoryEntry);
    else if (file !== null) files.push(file);
  }
  return files;
}

/** True for an entry that represents an empty folder, as the engine lists one. */
export function isEmptyFolder({ path = '' }: File & { readonly path?: string }): boolean {
  return isListedFolder({ path });
}

async function addFolder(files: File[], folder: FileSystemDirectoryEntry): Promise<void> {
  const entries = (await entriesOf(folder)).filter(({ name }) => !name.startsWith('.'));
  if (entries.length === 0) files.push(placed(new File([], folder.name), `${folder.fullPath}/`));
  for (const entry of entries) {
    if (entry.isDirectory) await addFolder(files, entry as FileSystemDirectoryEntry);
  }
  const ofFolder = entries.filter(({ isFile }) => isFile) as FileSystemFileEntry[];
  files.push(...(await Promise.all(ofFolder.map(fileOf))));
}

/** The browser gives a hundred or so at a time, and none at the end. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

async function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return placed(await new Promise<File>((resolve, reject) => entry.file(resolve, reject)), entry.fullPath);
}

function placed(file: File, path: string): File {
  return Object.defineProperty(file, 'path', { value: path, enumerable: true });
}
