/** The work on the parts of a folder that are not open. It lasts as long as the folder's files: until a reload. */
import type { DroppedFolder } from '../../platform/dropped-folder';
import { allFiles, keepAllFiles, originalFilesKey, type KeptFiles } from '../../platform/file-registry';
import type { ModelFiles } from '../../jobs/jobs';
import { currentWork, resumeWork, type Original, type Variant, type Work } from '../workspace/workspace-store';

export interface ParkedPart {
  readonly work: Work;
  readonly files: KeptFiles;
}

/** Work is kept by the files of the folder, then by the path of the model. */
const parked = new WeakMap<DroppedFolder['files'], Map<string, ParkedPart>>();

/** Keeps the work on the open model of the folder. */
export function parkPart({ hub, files }: DroppedFolder): void {
  const parts = parked.get(files) ?? new Map<string, ParkedPart>();
  parked.set(files, parts);
  parts.set(hub.model.path, { work: currentWork(), files: allFiles() });
}

export function parkedPart({ files }: DroppedFolder, path: string): ParkedPart | undefined {
  return parked.get(files)?.get(path);
}

/** Takes the work up again. @returns its original */
export function resumePart({ work, files }: ParkedPart): Original | null {
  keepAllFiles(files);
  resumeWork(work);
  return work.original;
}

export interface ParkedModel {
  /** The selected variant; `null`: the original. */
  readonly variant: Variant | null;
  readonly original: Original;
  /** `undefined` if the bytes were not kept. */
  readonly files: ModelFiles | undefined;
  readonly originalFiles: ModelFiles;
}

/** The selected model of a parked part. */
export function selectedOf({ work: { original, variants, selected }, files }: ParkedPart): ParkedModel | undefined {
  const originalFiles = files.models.get(originalFilesKey);
  if (original === null || originalFiles === undefined) return undefined;
  const variant = variants.find(({ id }) => id === selected) ?? null;
  const own = variant === null ? originalFiles : files.models.get(variant.filesKey);
  return { variant, original, files: own, originalFiles };
}
