/** The files that one command has read: no output of the same command may replace any of them. */
import { statSync, type BigIntStats } from 'node:fs';

/** Options that name files to read. `command-line.test.ts` holds the list to the options of all commands. */
export const inputOptions = [
  'data',
  'calibration-data',
  'tokenizer',
  'mapping',
  'classes',
  'recipe',
  'budget',
  'base',
  'teacher',
  'student',
  'variant',
  'against',
  'report',
  'arrivals',
  'times',
  'plan',
] as const;

export class InputFiles {
  /** Paths whose files were not looked at yet: most commands write no file that is there already. */
  #unseen: string[] = [];
  readonly #ids = new Set<string>();

  /**
   * Adds the paths that the arguments name. Files that are found through them, such as external data and files of a
   * folder, are added by the code that opens them.
   */
  add(paths: readonly string[]): void {
    for (const path of paths) this.#unseen.push(path);
  }

  /** True for a file that was read, under whatever name: links lead to the same file. */
  holds(stats: BigIntStats): boolean {
    for (const path of this.#unseen) {
      const input = statsOf(path);
      // A pipe is read once, and a folder stands for the files in it, which are named one by one.
      if (input?.isFile() === true) this.#ids.add(idOf(input));
    }
    this.#unseen = [];
    return this.#ids.has(idOf(stats));
  }
}

const idOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

/** A file that is gone cannot be overwritten. */
function statsOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
