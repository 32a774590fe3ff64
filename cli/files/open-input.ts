/** Opens a model that a command names: a file with its data files, or one that is computed from a GGUF file. */
import { basename } from 'node:path';
import type { FreeDimensions } from '../../src/engine/data/feeds';
import type { ByteSource } from '../../src/engine/onnx/byte-source';
import { assertModelFile } from '../../src/engine/onnx/codec/recognize';
import { hashSource, type HashContext } from '../../src/engine/files/hash-source';
import { describeOpened } from '../../src/engine/recipe/open-model';
import { openFromDisk, openSource, withName, type OpenedFile } from '../../src/runtime/node/disk/model-from-disk';
import type { Shell } from '../command';

/**
 * `followLinks` permits model data that is a link out of the model's folder. Only the user can choose it, never the
 * file. `inputs` collects the files that are read.
 */
export type LinkRule = Pick<Shell, 'followLinks' | 'inputs' | 'computed' | 'ggufs'>;

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
  { followLinks, inputs, computed, ggufs }: LinkRule,
  file: { readonly source: ByteSource; readonly sha256: string; readonly dimensions?: FreeDimensions | undefined },
): OpenedFile {
  inputs.add([path]);
  const gguf = computed.get(path);
  if (gguf !== undefined) {
    const described = describeOpened(gguf.model, 0, { ...file, name: basename(path) });
    return { ...described, paths: [path], sources: [file.source] };
  }
  const onData = (data: string): void => inputs.add([data]);
  const opened = openFromDisk(path, file, { followLinks, onData });
  // Savings are those on the file that the person has.
  const converted = ggufs.get(path);
  return converted === undefined ? opened : { ...opened, originalBytes: converted.file.sizeBytes };
}
