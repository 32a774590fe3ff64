/** An output file appears whole or not at all: written under a temporary name, then renamed. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
  type BigIntStats,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ParetoError } from '../../src/engine/errors';
import { isUtf8, whyNot } from '../../src/runtime/node/disk/disk-path';
import type { InputFiles } from './input-files';
import { partPath, removeAbandonedParts } from './part-files';

export class OutputFile {
  readonly path: string;
  /** Path of the bytes until `commit`. */
  readonly temporaryPath: string;
  readonly #inputs: InputFiles;
  #descriptor: number | undefined;

  /**
   * Throws what `refuseOutput` throws, and `output/cannot-write` when the folder is missing or closed.
   */
  constructor(path: string, inputs: InputFiles) {
    refuseOutput(path, inputs);
    this.path = path;
    this.#inputs = inputs;
    removeAbandonedParts(dirname(path));
    this.temporaryPath = partPath(path);
    try {
      this.#descriptor = openSync(this.temporaryPath, 'wx');
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }

  /** A small file at once. Throws like the constructor. */
  static writeWhole(path: string, content: string | Uint8Array, inputs: InputFiles): void {
    const file = new OutputFile(path, inputs);
    try {
      file.write(typeof content === 'string' ? Buffer.from(content) : content);
      file.commit();
    } finally {
      file.discard();
    }
  }

  write(bytes: Uint8Array): void {
    if (this.#descriptor === undefined) throw new Error(`${this.path} is already closed.`);
    try {
      for (let offset = 0; offset < bytes.byteLength;) {
        offset += writeSync(this.#descriptor, bytes, offset, bytes.byteLength - offset);
      }
    } catch (error) {
      throw cannotWrite(this.path, error);
    }
  }

  /** Gives the file its name. Throws `output/is-input` when the path names what the command has read in the meantime. */
  commit(): void {
    this.#close();
    refuseInput(this.path, this.#inputs);
    try {
      renameSync(this.temporaryPath, this.path);
    } catch (error) {
      throw cannotWrite(this.path, error);
    }
  }

  /** Leaves nothing behind. Does nothing after `commit`. */
  discard(): void {
    this.#close();
    try {
      unlinkSync(this.temporaryPath);
    } catch {
      // It was renamed, or somebody else removed it.
    }
  }

  #close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/**
 * Refuses a path that cannot be written before a command starts its work. Throws `output/is-input` when the path names
 * what the command has read, `output/is-folder`, `output/is-link` and `output/is-device` when what has that name is no
 * regular file.
 */
export function refuseOutput(path: string, inputs: InputFiles): void {
  if (!isUtf8(path)) {
    throw new ParetoError('output/cannot-write', `${path} cannot be written: its name is not UTF-8. Choose another.`);
  }
  refuseInput(path, inputs);
  refuseLinkOrDevice(path);
}

/**
 * Makes the folder and those above it, one after the other: in `/proc`, Node 20 makes them forever. Returns the outermost
 * new one. Throws `output/cannot-write`.
 */
export function makeFolder(path: string): string | undefined {
  const missing: string[] = [];
  for (let folder = resolve(path); !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  try {
    for (const folder of missing.length > 0 ? missing : [path]) makeOneFolder(folder);
  } catch (error) {
    refuseReadOnly(path, resolve(path));
    throw cannotWrite(path, error);
  }
  return missing[0];
}

/** Another command may make it at the same time. */
function makeOneFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (statsOf(path)?.isDirectory() !== true) throw error;
  }
}

/** Node calls a folder missing that it may not make. */
function refuseReadOnly(path: string, from: string): void {
  const parent = dirname(from);
  if (!existsSync(parent)) return parent === from ? undefined : refuseReadOnly(path, parent);
  try {
    accessSync(parent, constants.W_OK);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** Also through links: two names of one file are one file. */
function refuseInput(path: string, inputs: InputFiles): void {
  const output = statsOf(path);
  if (!output) return;
  if (output.isDirectory()) {
    throw new ParetoError(
      'output/is-folder',
      `${path} is a folder. Name the file to write, for example ${join(path, 'model.onnx')}.`,
    );
  }
  if (inputs.holds(output)) {
    throw new ParetoError(
      'output/is-input',
      `${path} is an input of this command and is never overwritten. Choose another name for the output.`,
    );
  }
}

/** Renaming over it would take away the device or the link itself, and leave its readers without it. */
function refuseLinkOrDevice(path: string): void {
  const stats = reachable(path, () => lstatSync(path, { throwIfNoEntry: false }));
  if (!stats || stats.isFile()) return;
  if (!stats.isSymbolicLink()) {
    throw new ParetoError('output/is-device', `${path} is a pipe or device and is not replaced. Name a file with -o.`);
  }
  // A data file beside the target would not be found through the link: the target itself must be named.
  const isFile = statsOf(path)?.isFile() === true;
  const advice = isFile ? `Name its target: ${realpathSync(path)}.` : 'Name a file with -o.';
  throw new ParetoError('output/is-link', `${path} is a link and is not replaced. ${advice}`);
}

function statsOf(path: string): BigIntStats | undefined {
  return reachable(path, () => statSync(path, { bigint: true, throwIfNoEntry: false }));
}

function reachable<Result>(path: string, look: () => Result): Result | undefined {
  try {
    return look();
  } catch (error) {
    // A link that leads nowhere but to itself is refused as a link.
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return undefined;
    throw cannotWrite(path, error);
  }
}

export function cannotWrite(path: string, error: unknown): ParetoError {
  return new ParetoError('output/cannot-write', `${path} cannot be written: ${whyNot(error)}.`, { cause: error });
}
