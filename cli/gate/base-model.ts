/** The model that a change is compared with: a file, or a file of a git commit. */
import { spawn } from 'node:child_process';
import { closeSync, createWriteStream, existsSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messageOf, ParetoError } from '../../src/engine/errors';
import { formatQuoted } from '../../src/engine/format';

export interface BaseModel {
  readonly path: string;
  /** Removes what was copied out of git. */
  discard(): void;
}

const lfsPointer = 'version https://git-lfs.github.com/spec/';

/**
 * Opens a base model: a file, or `<git ref>:<path>`, which is copied into a temporary folder. The path is that of `git
 * show`: from the root of the repository, or from the current folder if it begins with `./`. Throws `input/base` with
 * git's reason if there is no such file, and for a pointer of Git LFS.
 */
export async function openBase(signal: AbortSignal, base: string): Promise<BaseModel> {
  const colon = base.indexOf(':');
  if (colon <= 0 || existsSync(base)) return { path: base, discard: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'pareto-base-'));
  const discard = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const path = join(folder, basename(base.slice(colon + 1)) || 'model.onnx');
    await copyFromGit(signal, base, path);
    refusePointer(base, path);
    return { path, discard };
  } catch (error) {
    discard();
    throw error;
  }
}

async function copyFromGit(signal: AbortSignal, base: string, path: string): Promise<void> {
  // Git would read it as an option.
  if (base.startsWith('-')) throw refused(base, 'A git ref cannot begin with a dash.');
  const git = spawn('git', ['show', '--no-textconv', base], { signal, stdio: ['ignore', 'pipe', 'pipe'] });
  let message = '';
  git.stderr.on('data', (bytes: Buffer) => (message = `${message}${bytes.toString()}`.slice(0, 1000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    git.on('error', reject);
    git.on('close', resolve);
  });
  try {
    const [status] = await Promise.all([ended, pipeline(git.stdout, createWriteStream(path))]);
    if (status === 0) return;
  } catch (error) {
    signal.throwIfAborted();
    throw refused(base, messageOf(error));
  }
  throw refused(base, message.trim().split('\n')[0] ?? '');
}

/** Git LFS stores only a pointer to the model in git. */
function refusePointer(base: string, path: string): void {
  const start = Buffer.alloc(lfsPointer.length);
  const file = openSync(path, 'r');
  try {
    readSync(file, start, 0, start.length, 0);
  } finally {
    closeSync(file);
  }
  if (start.toString() !== lfsPointer) return;
  throw refused(base, 'It is a pointer of Git LFS. Check the base out into another folder and name its file.');
}

function refused(base: string, reason: string): ParetoError {
  const advice = 'Name a file, or <git ref>:<path> such as origin/main:models/model.onnx.';
  return new ParetoError('input/base', `${formatQuoted(base)} cannot be read with git show: ${reason} ${advice}`);
}
