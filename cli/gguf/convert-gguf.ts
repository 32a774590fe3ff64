/** Opens a GGUF file, and writes it as an ONNX file. Its code is loaded when a file needs it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { isParetoError, ParetoError } from '../../src/engine/errors';
import { streamFiles } from '../../src/engine/files/stream-parts';
import { formatBytes } from '../../src/engine/format';
import { openGguf, type OpenedGguf } from '../../src/engine/gguf/open-gguf';
import { encodedBytes } from '../../src/engine/onnx/codec/encode-files';
import { encodeVariant } from '../../src/engine/recipe/encode-variant';
import { createRecipeHost } from '../../src/runtime/node/recipe-host';
import type { Shell } from '../command';
import { whyNot } from '../../src/runtime/node/disk/disk-path';
import { openSource, withName } from '../../src/runtime/node/disk/model-from-disk';
import { InputFiles } from '../files/input-files';
import { VariantWriter } from '../files/write-variant';

export interface OpenedGgufFile extends OpenedGguf {
  readonly path: string;
  /** Its weights cannot be read afterwards. */
  close(): void;
}

/** Throws as `openGguf` does. */
export function openGgufFile(path: string): OpenedGgufFile {
  const source = openSource(path);
  try {
    const opened = withName(path, () => openGguf(source, basename(path)));
    return { ...opened, path, close: () => source.close() };
  } catch (error) {
    source.close();
    throw error;
  }
}

/** Creates `folder`, and writes the model there. Resolves with the path of the model. */
export async function convertGguf(
  { path, model, name }: OpenedGgufFile,
  folder: string,
  { signal, terminal }: Pick<Shell, 'terminal' | 'signal'>,
): Promise<string> {
  mkdirSync(folder);
  const modelPath = join(folder, name);
  const writer = new VariantWriter(modelPath, new InputFiles());
  const { checkpoint } = createRecipeHost(signal);
  const progress = (done: number, total: number) =>
    terminal.progress(`Converting ${name}: ${Math.floor((100 * done) / total)} %`);
  try {
    const files = encodeVariant(model, name, { storage: 'auto' });
    await streamFiles(files, (file) => writer.openSink(file), { progress, checkpoint });
    writer.commit();
    return modelPath;
  } catch (error) {
    if (!isParetoError(error) || error.code !== 'output/cannot-write') throw error;
    const size = formatBytes(encodedBytes(model, name));
    throw new ParetoError(
      error.code,
      `${path} cannot be converted in the temporary folder ${tmpdir()}: ${whyNot(error.cause)}. It needs ${size} there: set TMPDIR to another folder.`,
      { cause: error },
    );
  } finally {
    writer.discard();
    terminal.progress('');
  }
}

/** Writes the tokenizer of a GGUF file to the folder. Resolves with its path, or with the reason why there is none. */
export function writeTokenizer({ readTokenizer }: OpenedGguf, folder: string): { path: string } | { problem: string } {
  const tokenizer = readTokenizer();
  if ('problem' in tokenizer) return tokenizer;
  const path = join(folder, 'tokenizer.json');
  writeFileSync(path, tokenizer.json);
  return { path };
}
