/**
 * Blobs and Files are handles to bytes, not state: they live here under a key, and the stores hold the key.
 * Nothing is forgotten while undo could still bring its variant back.
 */
import { ParetoError } from '../../engine/errors';
import type { DroppedDataFile, ModelFiles } from '../jobs/jobs';

const registry = new Map<string, ModelFiles>();
const dataRegistry = new Map<string, readonly DroppedDataFile[]>();

export const originalFilesKey = 'original';

export function keepFiles(key: string, files: ModelFiles): void {
  registry.set(key, files);
}

/** `undefined`: the files are not at hand (a restored variant whose bytes were never stored); run its recipe again. */
export function filesOf(key: string): ModelFiles | undefined {
  return registry.get(key);
}

/** Throws `input/none` if its files were removed. */
export function filesOfOriginal(): ModelFiles {
  const files = filesOf(originalFilesKey);
  if (files !== undefined) return files;
  throw new ParetoError('input/none', 'The model is no longer open. Open its file again.');
}

/** Forgets files that are no longer on disk. */
export function forgetFiles(key: string): void {
  registry.delete(key);
}

/** Data files go by the key of their source. */
export function keepDataFiles(key: string, files: readonly DroppedDataFile[]): void {
  dataRegistry.set(key, files);
}

/** `undefined`: the data was too large to be kept with the work; its files must be given again. */
export function dataFilesOf(key: string): readonly DroppedDataFile[] | undefined {
  return dataRegistry.get(key);
}

export function forgetAllFiles(): void {
  registry.clear();
  dataRegistry.clear();
}

/** All files of a work, to be put back with it. */
export interface KeptFiles {
  readonly models: ReadonlyMap<string, ModelFiles>;
  readonly data: ReadonlyMap<string, readonly DroppedDataFile[]>;
}

export function allFiles(): KeptFiles {
  return { models: new Map(registry), data: new Map(dataRegistry) };
}

/** Puts these files back, and forgets all others. */
export function keepAllFiles({ models, data }: KeptFiles): void {
  forgetAllFiles();
  for (const [key, files] of models) keepFiles(key, files);
  for (const [key, files] of data) keepDataFiles(key, files);
}
