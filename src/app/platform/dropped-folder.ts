/** A folder with the layout of Hugging Face among dropped or chosen files. */
import { findHubFolder, type HubFolder } from '../../engine/deploy/transformersjs/hub-folder';
import { isDataName, isSurelyData } from './data-name';
import { droppedPath } from './dropped-path';
import { isModelName } from './model-name';

export interface DroppedFolder {
  readonly hub: HubFolder;
  /** Its files, by the paths that `hub` calls them. */
  readonly files: ReadonlyMap<string, File>;
}

/** `undefined` if the files are no such folder. */
export function findDroppedFolder(files: readonly File[]): DroppedFolder | undefined {
  const placed = new Map(files.map((file) => [droppedPath(file), file]));
  const hub = findHubFolder([...placed].map(([path, { size }]) => ({ path, sizeBytes: size })));
  return hub && { hub, files: placed };
}

/** The chosen model with all that may be its data files: no other model. */
export function modelFilesOf({ hub, files }: DroppedFolder): readonly File[] {
  const model = files.get(hub.model.path)!;
  return [model, ...[...files.values()].filter(({ name }) => !isModelName(name))];
}

/** Data for the model: its tokenizer, and data files outside its folder. Pictures and weights in the folder belong to its page. */
export function dataBeside({ hub, files }: DroppedFolder): readonly File[] {
  return [...files].flatMap(([path, file]) => {
    if (path === hub.tokenizer) return [file];
    const isData = hub.root === '' ? isSurelyData(file) : !path.startsWith(hub.root) && isDataName(file.name);
    return isData ? [file] : [];
  });
}
