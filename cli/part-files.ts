/**
 * Temporary names of outputs. They identify the writing process, so a later command finds and removes the remains of a
 * killed one.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

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
  try {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (isAbandoned(name, path)) rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // The folder is missing or closed. The code that writes there reports it.
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
