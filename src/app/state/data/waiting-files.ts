/** Files that were dropped before it is known what they are for. */
import { createStore } from 'zustand/vanilla';
import { mayHoldTexts } from '../../../engine/data/data-formats';
import { isTokenizerName } from '../../../engine/data/readers/tokenizer-name';
import { droppedPath } from '../../platform/dropped-path';
import { dataFilesOf, keepDataFiles } from '../../platform/file-registry';
import type { DroppedDataFile } from '../../jobs/jobs';
import { workspaceStore } from '../workspace/workspace-store';

interface WaitingFiles {
  /** Wait for the next model. */
  readonly data: readonly File[];
  /** Waits for the texts of the same model, or joins those that are there. */
  readonly tokenizer: File | null;
}

export const waitingFiles = createStore<WaitingFiles>(() => ({ data: [], tokenizer: null }));

/** The tokenizer, if the files are nothing else. */
export function onlyTokenizer(files: readonly File[]): File | undefined {
  const [only] = files;
  return files.length === 1 && only !== undefined && isTokenizerName(only.name) ? only : undefined;
}

/** Keeps the tokenizer in the file of the open model, which texts use that bring none. It is saved with the work. */
export function keepOwnTokenizer(file: File): void {
  const key = `tokenizer-${Date.now()}-${file.size}`;
  keepDataFiles(key, [{ path: file.name, file }]);
  workspaceStore.setState({ ownTokenizer: { key } });
}

/** The tokenizer for texts that bring none: the newest that was given, or that of the model's file. */
export function waitingTokenizer(): File | null {
  const { ownTokenizer } = workspaceStore.getState();
  const [own] = (ownTokenizer && dataFilesOf(ownTokenizer.key)) ?? [];
  return waitingFiles.getState().tokenizer ?? own?.file ?? null;
}

/** The files with the waiting tokenizer, if they may hold texts and came without one. */
export function withWaitingTokenizer(files: readonly File[]): readonly File[] {
  const tokenizer = waitingTokenizer();
  const hasOwn = files.some(({ name }) => isTokenizerName(name));
  const hasTexts = files.some(({ name }) => mayHoldTexts(name));
  return tokenizer === null || hasOwn || !hasTexts ? files : [...files, tokenizer];
}

/** Files that were given before, and a tokenizer in place of the one that was among them. */
export function withTokenizerFile(before: readonly DroppedDataFile[], tokenizer: File): readonly DroppedDataFile[] {
  const others = before.filter(({ path }) => !isTokenizerName(path));
  return [...others, { path: droppedPath(tokenizer), file: tokenizer }];
}
