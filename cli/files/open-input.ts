/** Opens a model file and the data files that it names, next to it. Weights stay on the disk. */
import { realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { FreeDimensions } from '../../src/engine/data/feeds';
import { isParetoError, ParetoError } from '../../src/engine/errors';
import type { ByteSource } from '../../src/engine/onnx/byte-source';
import { assertModelFile } from '../../src/engine/onnx/codec/recognize';
import { hashSource, type HashContext } from '../../src/engine/files/hash-source';
import { describeOpened, openModel, type OpenedInput } from '../../src/engine/recipe/open-model';
import { FileSource } from '../../src/runtime/node/file-source';
import type { Shell } from '../command';
import { findPath, whyNot } from './disk-path';

export interface OpenedFile extends OpenedInput {
  /** Every file that was read, the model first. */
  readonly paths: readonly string[];
  readonly sources: readonly ByteSource[];
}

/**
 * `followLinks` permits model data that is a link out of the model's folder. Only the user can choose it, never the
 * file. `inputs` collects the files that are read.
 */
export type LinkRule = Pick<Shell, 'followLinks' | 'inputs' | 'computed'>;

/** Throws `input/…` when a file cannot be read, and what `openModel` throws. */
export async function openInput(
  path: string,
  shell: LinkRule & Pick<Shell, 'terminal'>,
  host: HashContext,
  dimensions?: FreeDimensions,
): Promise<OpenedFile> {
  const source = openSource(path);
  // Before a large file of another kind is read to its end.
  if (!shell.computed.has(path)) withName(path, () => assertModelFile(source, path));
  const sha256 = await hashSource(source, host, (done) => {
    const share = Math.floor((done / source.sizeBytes) * 100);
    shell.terminal.progress(source.sizeBytes > 1e8 ? `Reading the model: ${share} %` : '');
  });
  return openFrom(path, shell, { source, sha256, dimensions });
}

/** Opens a model without its SHA-256, so a large file is not read to its end. Throws like `openInput`. */
export function openInputUnhashed(path: string, links: LinkRule): OpenedFile {
  return openFrom(path, links, { source: openSource(path), sha256: '' });
}

function openFrom(
  path: string,
  { followLinks, inputs, computed }: LinkRule,
  file: { readonly source: ByteSource; readonly sha256: string; readonly dimensions?: FreeDimensions | undefined },
): OpenedFile {
  const paths = [path];
  const sources = [file.source];
  inputs.add([path]);
  const gguf = computed.get(path);
  if (gguf !== undefined)
    return { ...describeOpened(gguf.model, 0, { ...file, name: basename(path) }), paths, sources };
  const findData = (location: string): ByteSource | undefined => {
    const dataPath = join(dirname(path), location);
    // A missing file, and a path that leaves the folder, are reported by the engine: it knows the tensor.
    const leaves = location.split(/[/\\]/).includes('..') || location.includes('\0');
    if (leaves || !findPath(dataPath)?.isFile()) return undefined;
    if (!followLinks) refuseLinkOut(dataPath, path);
    const data = openSource(dataPath);
    paths.push(dataPath);
    inputs.add([dataPath]);
    sources.push(data);
    return data;
  };
  const opened = withName(path, () => openModel({ ...file, name: basename(path), findData }));
  return { ...opened, paths, sources };
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
function refuseLinkOut(dataPath: string, modelPath: string): void {
  const real = realpathSync(dataPath);
  const folders = [realpathSync(dirname(modelPath)), dirname(realpathSync(modelPath))];
  if (folders.some((folder) => real.startsWith(folder.endsWith(sep) ? folder : folder + sep))) return;
  throw new ParetoError(
    'external-data/link',
    `${dataPath} is a link to ${real}, outside the folder of the model. Put the file itself beside the model, or use --follow-links.`,
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
