import type { DataFile } from '../dataset';

const shown = 3;

/** Paths for a sentence: all of them, or the first few and how many more there are. */
export function listedPaths(files: readonly DataFile[]): string {
  const names = files.slice(0, shown).map(({ path }) => path);
  const rest = files.length - names.length;
  return rest > 0 ? `${names.join(', ')} and ${rest} more` : names.join(', ');
}
