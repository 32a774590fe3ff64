/** Opens a model file and the data files that it names, next to it. Weights stay on the disk. */
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { FreeDimensions } from '../../../engine/data/feeds';
import { isParetoError, ParetoError } from '../../../engine/errors';
import type { ByteSource } from '../../../engine/onnx/byte-source';
import { openModel, type OpenedInput } from '../../../engine/recipe/open-model';
import type { ModelFiles } from '../../models/model-files';
import { leastLargeBytes } from '../../session/read-files';
import type { ModelOnDisk } from '../browser-driver';
import { FileSource } from '../file-source';
import { blobOnDisk } from './blob-on-disk';
import { findPath, whyNot } from './disk-path';

export interface OpenedFile extends OpenedInput {
  /** Every file that was read, the model first. */
  readonly paths: readonly string[];
  readonly sources: readonly ByteSource[];
}

interface FileToOpen {
  readonly source: ByteSource;
  readonly sha256: string;
  readonly dimensions?: FreeDimensions | undefined;
}

interface DataRule {
  /** Permits data that is a link out of the folder. Absent: no option permits it. */
  readonly followLinks?: boolean;
  onData?(path: string): void;
}

/** Throws `input/…` when a data file cannot be read, `external-data/link`, and what `openModel` throws. */
export function openFromDisk(path: string, file: FileToOpen, { followLinks, onData }: DataRule = {}): OpenedFile {
  const paths = [path];
  const sources = [file.source];
  const findData = (location: string): ByteSource | undefined => {
    const dataPath = join(dirname(path), location);
    // A missing file, and a path that leaves the folder, are reported by the engine: it knows the tensor.
    const leaves = location.split(/[/\\]/).includes('..') || location.includes('\0');
    if (leaves || !findPath(dataPath)?.isFile()) return undefined;
    if (followLinks !== true) refuseLinkOut(dataPath, path, followLinks === undefined ? '' : ', or use --follow-links');
    const data = openSource(dataPath);
    paths.push(dataPath);
    onData?.(dataPath);
    sources.push(data);
    return data;
  };
  const opened = withName(path, () => openModel({ ...file, name: basename(path), findData }));
  return { ...opened, paths, sources };
}

/** The files of a model, the model first. */
export function modelOnDisk([path = '', ...data]: readonly string[]): ModelOnDisk {
  const externalData = data.map((each) => ({ path: each, location: relative(dirname(path), each) }));
  return { path, name: basename(path), externalData };
}

/** Files that are large together stay on the disk until someone reads them. */
export async function readModelFiles({ path, name, externalData }: ModelOnDisk): Promise<ModelFiles> {
  const paths = [path, ...externalData.map((file) => file.path)];
  const isLarge = paths.reduce((sum, each) => sum + (findPath(each)?.size ?? 0), 0) >= leastLargeBytes;
  const read = async (file: string) => (isLarge ? blobOnDisk(file) : new Blob([await readFile(file)]));
  return {
    model: await read(path),
    name,
    externalData: await Promise.all(
      externalData.map(async (file) => ({ path: file.location, data: await read(file.path) })),
    ),
  };
}

/** The engine does not know where a file lies, and a command may open two of them. */
export function withName<Value>(path: string, open: () => Value): Value {
  try {
    return open();
  } catch (error) {
    if (!isParetoError(error) || error.message.includes(path)) throw error;
    throw new ParetoError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

/**
 * A model from a stranger may come with links to any file of this device, whose bytes would become weights. Links within the
 * folder are followed, and those of a cache that keeps model and data together elsewhere.
 */
function refuseLinkOut(dataPath: string, modelPath: string, orElse: string): void {
  const real = realpathSync(dataPath);
  const folders = [realpathSync(dirname(modelPath)), dirname(realpathSync(modelPath))];
  if (folders.some((folder) => real.startsWith(folder.endsWith(sep) ? folder : folder + sep))) return;
  throw new ParetoError(
    'external-data/link',
    `${dataPath} is a link to ${real}, outside the folder of the model. Put the file itself beside the model${orElse}.`,
  );
}

/** Throws `input/…` if it is not a readable file. */
export function openSource(path: string): FileSource {
  const stats = findPath(path);
  if (!stats) throw new ParetoError('input/missing', `There is no file ${path}. Check the name and the folder.`);
  if (stats.isDirectory()) {
    throw new ParetoError('input/is-folder', `${path} is a folder. Name the .onnx file in it.`);
  }
  if (!stats.isFile()) {
    throw new ParetoError(
      'input/not-a-file',
      `${path} is a pipe or device, not a file. Save the model to a file first.`,
    );
  }
  try {
    return FileSource.open(path);
  } catch (error) {
    throw new ParetoError('input/unreadable', `${path} cannot be read: ${whyNot(error)}.`, { cause: error });
  }
}
