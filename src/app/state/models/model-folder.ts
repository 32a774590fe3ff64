/**
 * The folder that contained the open model, as it lies on Hugging Face. Its files are handles, so it lasts until a
 * reload.
 */
import { createStore } from 'zustand/vanilla';
import type { DroppedFolder } from '../../platform/dropped-folder';
import type { WorkspaceState } from '../workspace/workspace-store';

interface KeptFolder {
  readonly folder: DroppedFolder | null;
  /** The time when its model was opened, because other work may be restored in its place. */
  readonly openedAt: string;
}

export const modelFolderStore = createStore<KeptFolder>(() => ({ folder: null, openedAt: '' }));

export function keepModelFolder(folder: DroppedFolder | null, openedAt: string): void {
  modelFolderStore.setState({ folder, openedAt });
}

/** The folder of the work's model; `null` if it was not in one, and after a reload. */
export function folderOfWork(
  { original }: Pick<WorkspaceState, 'original'>,
  { folder, openedAt }: KeptFolder = modelFolderStore.getState(),
): DroppedFolder | null {
  return original?.openedAt === openedAt ? folder : null;
}
