/** The model that a change is compared with: a file, or a file of a git commit. */
import { spawn } from 'node:child_process';
import { closeSync, createWriteStream, existsSync, mkdirSync, openSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isParetoError, messageOf, ParetoError } from '../../src/engine/errors';
import { formatQuoted } from '../../src/engine/format';
import { decodeModel } from '../../src/engine/onnx/codec/decode';
import { externalFiles } from '../../src/engine/onnx/codec/external-data';
import { PathSource } from '../../src/runtime/node/path-source';
import { TemporaryFolder } from '../files/part-files';

export interface BaseModel {
  readonly path: string;
  /** Removes what was copied out of git. */
  discard(): void;
}

const lfsPointer = 'version https://git-lfs.github.com/spec/';

/**
 * Opens a base model: a file, or `<git ref>:<path>`, which is copied into a temporary folder with its data files. The path
 * is that of `git show`: from the root of the repository, or from the current folder if it begins with `./`. Throws
 * `input/base` with git's reason if there is no such file, and for a pointer of Git LFS.
 */
export async function openBase(signal: AbortSignal, base: string): Promise<BaseModel> {
  if (!isOfCommit(base)) return { path: base, discard: () => undefined };
  const colon = base.indexOf(':');
  const temporary = new TemporaryFolder('pareto-base');
  const discard = (): void => temporary.remove();
  try {
    const folder = temporary.path();
    const path = join(folder, basename(base.slice(colon + 1)) || 'model.onnx');
    await copyFromGit(signal, base, path);
    const gitFolder = base.slice(0, Math.max(colon, base.lastIndexOf('/')) + 1);
    for (const location of dataFilesOf(path)) {
      const copy = join(folder, location);
      mkdirSync(dirname(copy), { recursive: true });
      await copyFromGit(signal, `${gitFolder}${location}`, copy);
    }
    return { path, discard };
  } catch (error) {
    discard();
    throw error;
  }
}

/** True for `<git ref>:<path>`. */
export const isOfCommit = (base: string): boolean => base.indexOf(':') > 0 && !existsSync(base);

/** The data files in the model's folder. What is wrong with the model is reported when it is opened. */
function dataFilesOf(path: string): readonly string[] {
  try {
    const locations = externalFiles(decodeModel(PathSource.of(path), basename(path))).map(({ location }) => location);
    return locations.filter((location) => !/^[/\\]|\0|(^|[/\\])\.\.([/\\]|$)/.test(location));
  } catch (error) {
    if (isParetoError(error)) return [];
    throw error;
  }
}

/** As git checks the file out: filters run, of which Git LFS is one. Text conversions for people do not. */
async function copyFromGit(signal: AbortSignal, base: string, path: string): Promise<void> {
  // Git would read it as an option.
  if (base.startsWith('-')) throw refused(base, 'A git ref cannot begin with a dash.');
  const git = spawn('git', ['cat-file', '--filters', base], { signal, stdio: ['ignore', 'pipe', 'pipe'] });
  let message = '';
  git.stderr.on('data', (bytes: Buffer) => (message = `${message}${bytes.toString()}`.slice(0, 1000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    git.on('error', reject);
    git.on('close', resolve);
  });
  let status: number | null;
  try {
    [status] = await Promise.all([ended, pipeline(git.stdout, createWriteStream(path))]);
  } catch (error) {
    signal.throwIfAborted();
    throw refused(base, messageOf(error));
  }
  if (status !== 0) throw refused(base, message.trim().split('\n')[0] ?? '');
  refusePointer(base, path);
}

/** Git LFS stores a pointer in git, and replaces it by the file where it is installed. */
function refusePointer(base: string, path: string): void {
  const start = Buffer.alloc(lfsPointer.length);
  const file = openSync(path, 'r');
  try {
    readSync(file, start, 0, start.length, 0);
  } finally {
    closeSync(file);
  }
  if (start.toString() !== lfsPointer) return;
  throw refused(base, 'It is a pointer of Git LFS. Install git-lfs, and run "git lfs install" in the repository.');
}

function refused(base: string, reason: string): ParetoError {
  const advice = 'Name a file, or <git ref>:<path> such as origin/main:models/model.onnx.';
  return new ParetoError('input/base', `${formatQuoted(base)} cannot be read from git: ${reason} ${advice}`);
}
