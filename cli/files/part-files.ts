/**
 * Temporary names of outputs. They identify the writing process, so a later command finds and removes the remains of a
 * killed one.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { ParetoError } from '../../src/engine/errors';
import { whyNot } from '../../src/runtime/node/disk/disk-path';

/** Characters; of four bytes at most. */
const longestStart = 50;

/** A folder may be shared with other machines, whose processes are not seen here. */
const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);

/** In a container each command may have the same number. */
const ownRun = randomBytes(4).toString('hex');

/** Longer than any command works. */
const abandonedAfterMs = 2 * 86_400_000;

const partName = /\.([0-9a-f]{6})-(\d{1,10})-([0-9a-f]{8})-[0-9a-f]{8}\.part$/;

/** A hidden path beside `path`. No longer than a name may be, even if the file's own name nearly is. */
export function partPath(path: string): string {
  const start = basename(path).slice(0, longestStart);
  const unique = randomBytes(4).toString('hex');
  return join(dirname(path), `.${start}.${machine}-${process.pid}-${ownRun}-${unique}.part`);
}

/** Removes parts whose command has ended. Parts that cannot be read or removed stay, because they disturb nobody. */
export function removeAbandonedParts(folder: string): void {
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    try {
      if (isAbandoned(name, path)) rmSync(path, { recursive: true, force: true });
    } catch {
      // It belongs to somebody else, or is gone.
    }
  }
}

/** Every command removes the temporary folders of killed ones, since those may hold gigabytes. */
export function removeAbandonedTemporaries(): void {
  removeAbandonedParts(tmpdir());
}

/** A part of another command that works on the file `path` now. `undefined`: none does. */
export function findPartAtWork(path: string, own: string): string | undefined {
  const start = `.${basename(path).slice(0, longestStart)}.`;
  const folder = dirname(path);
  return namesIn(folder)
    .filter((name) => name.startsWith(start) && partName.test(name) && join(folder, name) !== own)
    .map((name) => join(folder, name))[0];
}

/** None of a folder that is missing or closed: the code that writes there reports it. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A folder for files that one command needs while it runs. It is made when it is first used, and removed like a part if the command is killed. */
export class TemporaryFolder {
  readonly #name: string;
  #path: string | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** Throws `output/cannot-write` if the system's folder is closed. */
  path(): string {
    if (this.#path !== undefined) return this.#path;
    const root = tmpdir();
    const path = partPath(join(root, this.#name));
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      throw new ParetoError(
        'output/cannot-write',
        `The temporary folder ${root} cannot be written: ${whyNot(error)}. Set TMPDIR to another folder.`,
        { cause: error },
      );
    }
    return (this.#path = path);
  }

  remove(): void {
    if (this.#path !== undefined) rmSync(this.#path, { recursive: true, force: true });
    this.#path = undefined;
  }
}

function isAbandoned(name: string, path: string): boolean {
  const [, host, pid, run] = partName.exec(name) ?? [];
  if (host === undefined) return false;
  if (host === machine && !isAtWork(Number(pid), run!)) return true;
  return Date.now() - statSync(path).mtimeMs > abandonedAfterMs;
}

function isAtWork(pid: number, run: string): boolean {
  if (pid === process.pid) return run === ownRun;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
