/** Paths as people and files give them: whether a file is there, or a sentence why it cannot be read. */
import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { ParetoError } from '../../../engine/errors';

/** How long a pipe is waited for that nobody writes to. */
const longestWaitMs = 10_000;
const pauseMs = 20;

/** The file or folder at the path; `undefined` if there is none. Throws `input/unreadable` with the reason. */
export function findPath(path: string): Stats | undefined {
  let cause: unknown;
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined || isUtf8(path)) return stats;
  } catch (error) {
    cause = error;
  }
  const why = isUtf8(path) ? whyNot(cause) : 'its name is not UTF-8. Rename it';
  throw new ParetoError('input/unreadable', `${path} cannot be read: ${why}.`, { cause });
}

/** Node puts a replacement character where bytes of a name are no text, and the name then leads elsewhere. */
export function isUtf8(path: string): boolean {
  return !path.includes('\uFFFD');
}

/** Why the system refuses a path. */
export function whyNot(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOENT':
    case 'ENOTDIR':
      return 'the folder does not exist';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'permission denied';
    case 'ELOOP':
      return 'its links form a loop';
    case 'ENAMETOOLONG':
      return 'the name is too long';
    case 'ERR_INVALID_ARG_VALUE':
      return 'the name contains a character that is not allowed';
    case 'ENOSPC':
      return 'the disk is full';
    case 'EDQUOT':
      return 'your disk quota is used up';
    case 'EFBIG':
      return 'it would exceed the file size limit (see ulimit -f)';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open (see ulimit -n)';
    case 'EBUSY':
    case 'ETXTBSY':
      return 'another program uses it';
    case 'EIO':
      return 'the disk reports an error';
    case 'ENOMEM':
      return 'there is not enough memory';
    default:
      return String(code ?? error);
  }
}

/** Describes an error of the operating system; `undefined` for other errors. */
export function systemRefusal(error: unknown): string | undefined {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || code === undefined || syscall === undefined) return undefined;
  return `${path ?? `A file (${syscall})`} cannot be read or written: ${whyNot(error)}.`;
}

/**
 * The whole of a small file, or of a pipe. Throws the error of the system, and an error for a pipe that nobody writes
 * to.
 */
export async function readWhole(path: string, signal: AbortSignal): Promise<Buffer> {
  // Opened so that a pipe without a writer does not keep the whole program.
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const isPipe = fstatSync(descriptor).isFIFO();
    const parts: Buffer[] = [];
    const until = performance.now() + longestWaitMs;
    for (;;) {
      const part = Buffer.alloc(1 << 16);
      const count = readOrWait(descriptor, part);
      if (count > 0) parts.push(part.subarray(0, count));
      else if (count === 0 && (!isPipe || parts.length > 0)) return Buffer.concat(parts);
      else if (performance.now() > until) throw new Error('no process writes to this pipe');
      else await setTimeout(pauseMs);
      signal.throwIfAborted();
    }
  } finally {
    closeSync(descriptor);
  }
}

/** −1 if there may be more later. */
function readOrWait(descriptor: number, target: Buffer): number {
  try {
    return readSync(descriptor, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return -1;
    throw error;
  }
}
