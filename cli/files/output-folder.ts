/** A new folder of files, which appears whole or not at all. */
import { readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isParetoError, ParetoError } from '../../src/engine/errors';
import { findPath } from '../../src/runtime/node/disk/disk-path';
import type { InputFiles } from './input-files';
import { makeFolder, OutputFile } from './output-file';
import { partPath, removeAbandonedParts } from './part-files';

/** Writes files into a folder that is new or empty. Throws as `fillNewFolder` does. */
export async function writeNewFolder(
  path: string,
  contents: readonly (readonly [name: string, content: Blob])[],
  inputs: InputFiles,
  checkpoint: () => Promise<void>,
): Promise<void> {
  await fillNewFolder(path, (folder) => writeContents(folder, contents, inputs, checkpoint));
}

/**
 * Makes a folder that is new or empty so far. `fill` writes its files into a hidden folder in it; they are moved at the
 * end. Remains of a command that was killed there are removed first. Throws `output/is-file`, `output/not-empty`, the
 * errors of `OutputFile`, and those of `fill`. It leaves nothing behind if it throws.
 */
export async function fillNewFolder<Value>(path: string, fill: (folder: string) => Promise<Value>): Promise<Value> {
  refuseUsed(path);
  const newFolders = makeFolders(path);
  const hidden = partPath(join(path, 'new'));
  const moved: string[] = [];
  try {
    makeFolder(hidden);
    const filled = await fill(hidden);
    for (const name of readdirSync(hidden)) {
      renameSync(join(hidden, name), join(path, name));
      moved.push(join(path, name));
    }
    rmdirSync(hidden);
    return filled;
  } catch (error) {
    for (const left of [hidden, ...moved]) rmSync(left, { recursive: true, force: true });
    for (const folder of newFolders) removeIfEmpty(folder);
    throw withTarget(error, hidden, path);
  }
}

/** People know the folder that they named, not the hidden one. */
function withTarget(error: unknown, hidden: string, path: string): unknown {
  if (!isParetoError(error) || !error.message.includes(hidden)) return error;
  return new ParetoError(error.code, error.message.replaceAll(hidden, path), { cause: error });
}

/** Writes files into an existing folder. Throws as `OutputFile` does. */
export async function writeContents(
  folder: string,
  contents: readonly (readonly [name: string, content: Blob])[],
  inputs: InputFiles,
  checkpoint: () => Promise<void>,
): Promise<void> {
  for (const [name, content] of contents) {
    const target = join(folder, name);
    makeFolder(dirname(target));
    const file = new OutputFile(target, inputs);
    try {
      for await (const piece of content.stream()) {
        file.write(piece as Uint8Array);
        await checkpoint();
      }
      file.commit();
    } finally {
      file.discard();
    }
  }
}

function refuseUsed(path: string): void {
  const stats = findPath(path);
  if (!stats) return;
  if (!stats.isDirectory()) {
    throw new ParetoError('output/is-file', `${path} is a file. Name a new folder, or a .zip.`);
  }
  removeAbandonedParts(path);
  if (readdirSync(path).length > 0) {
    throw new ParetoError('output/not-empty', `${path} exists and is not empty. Name a new folder.`);
  }
}

/** Makes the folder and those above it. Returns the new ones, the innermost first. */
function makeFolders(path: string): readonly string[] {
  const outermost = makeFolder(path);
  return outermost === undefined ? [] : foldersUpTo(resolve(path), resolve(outermost));
}

function foldersUpTo(path: string, outermost: string): readonly string[] {
  return path === outermost || dirname(path) === path ? [path] : [path, ...foldersUpTo(dirname(path), outermost)];
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody else has put something there.
  }
}
