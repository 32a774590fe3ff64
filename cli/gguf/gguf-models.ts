/**
 * GGUF files that are given in place of a model. Commands that run models read them as ONNX files in a temporary folder. Others compute
 * their weights when they are read.
 */
import { join } from 'node:path';
import { isGguf } from '../../src/engine/gguf/is-gguf';
import { encodedBytes } from '../../src/engine/onnx/codec/encode-files';
import { refuseTooLarge } from '../../src/runtime/session/read-files';
import { FileSource } from '../../src/runtime/node/file-source';
import type { Command, Invocation } from '../command';
import type { OpenedGgufFile } from './convert-gguf';
import { findPath } from '../../src/runtime/node/disk/disk-path';
import { modelOptions, needsTokenizer, replaceModels } from '../hub/model-folder';
import { TemporaryFolder } from '../files/part-files';

/**
 * Opens each GGUF file that is named as a model, or replaces it by an ONNX file with the same weights. Then it runs the
 * command, and removes the files that it wrote. The tokenizer of the first GGUF file converts texts of `--data` unless
 * another is given. Rejects as `openGguf` does.
 */
export async function withGgufModels(
  command: Pick<Command, 'options' | 'takesBundles' | 'computesWeights' | 'keepsBlocks'>,
  given: Invocation,
  run: (given: Invocation) => Promise<void>,
): Promise<void> {
  const named = modelOptions.flatMap((option) => given.values[option] ?? []);
  const paths = [...given.positionals, ...named].filter((path): path is string => typeof path === 'string');
  const files = command.takesBundles === true ? [] : [...new Set(paths)].filter(isGgufFile);
  if (files.length === 0) return run(given);
  const { convertGguf, openGgufFile, writeTokenizer } = await import('./convert-gguf');
  const folder = new TemporaryFolder('pareto-gguf');
  const opened: OpenedGgufFile[] = [];
  try {
    for (const path of files) opened.push(openGgufFile(path));
    const texts = needsTokenizer(command, given) ? writeTokenizer(opened[0]!, folder.path()) : undefined;
    if (texts !== undefined && 'problem' in texts) given.terminal.warn(texts.problem);
    const tokenizer = texts !== undefined && 'path' in texts ? { tokenizer: texts.path } : {};
    const keepsBlocks = command.keepsBlocks?.(given.values) === true;
    const used = opened.map((file) => ({ ...file, ...(keepsBlocks ? file.keepBlocks?.() : undefined) }));
    if (command.computesWeights?.(given.values) === true) {
      for (const { path, note } of used) given.terminal.warn(`${path} is read as an ONNX model. ${note}`);
      const computed = new Map(used.map((file) => [file.path, file]));
      return await run({ ...given, values: { ...given.values, ...tokenizer }, computed, ggufs: computed });
    }
    const written = new Map<string, string>();
    for (const file of used) {
      // Before gigabytes are written that no session can open.
      refuseTooLarge(file.path, encodedBytes(file.model, file.name));
      written.set(file.path, await convertGguf(file, join(folder.path(), String(written.size)), given));
      given.terminal.warn(`${file.path} is used as ${file.name}. ${file.note}`);
    }
    const { positionals, values } = replaceModels(given, (path) => written.get(path) ?? path);
    const ggufs = new Map(used.map((file) => [written.get(file.path)!, file]));
    await run({ ...given, positionals, values: { ...values, ...tokenizer }, ggufs });
  } finally {
    for (const file of opened) file.close();
    folder.remove();
  }
}

/** False for a file that cannot be opened: the command says why. */
export function isGgufFile(path: string): boolean {
  if (findPath(path)?.isFile() !== true) return false;
  let source: FileSource;
  try {
    source = FileSource.open(path);
  } catch {
    return false;
  }
  try {
    return isGguf(source);
  } finally {
    source.close();
  }
}
