/** GGUF files that are given in place of a model. Commands read them as ONNX files in a temporary folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isGguf } from '../../src/engine/gguf/is-gguf';
import { FileSource } from '../../src/runtime/node/file-source';
import type { Command, Invocation } from '../command';
import type { WrittenGguf } from './convert-gguf';
import { findPath } from '../disk-path';
import { modelOptions, needsTokenizer, replaceModels } from '../hub/model-folder';

/**
 * Replaces each GGUF file that is named as a model by an ONNX file with the same weights. Then it runs the command, and
 * removes these files afterwards. The tokenizer of the first one converts texts of `--data` unless another is given.
 * Rejects as `openGguf` does.
 */
export async function withGgufModels(
  command: Pick<Command, 'options' | 'takesBundles'>,
  given: Invocation,
  run: (given: Invocation) => Promise<void>,
): Promise<void> {
  const named = modelOptions.flatMap((option) => given.values[option] ?? []);
  const paths = [...given.positionals, ...named].filter((path): path is string => typeof path === 'string');
  const files = command.takesBundles === true ? [] : [...new Set(paths)].filter(isGgufFile);
  if (files.length === 0) return run(given);
  const { convertGguf } = await import('./convert-gguf');
  const folder = mkdtempSync(join(tmpdir(), 'pareto-gguf-'));
  try {
    const written = new Map<string, WrittenGguf>();
    for (const path of files) written.set(path, await convertGguf(path, join(folder, String(written.size)), given));
    await run(withWritten(command, given, written));
  } finally {
    rmSync(folder, { recursive: true, force: true });
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

function withWritten(
  command: Pick<Command, 'options'>,
  given: Invocation,
  written: ReadonlyMap<string, WrittenGguf>,
): Invocation {
  const { positionals, values } = replaceModels(given, (path) => written.get(path)?.path ?? path);
  const [{ tokenizerPath, tokenizerProblem } = {}] = written.values();
  if (needsTokenizer(command, given)) {
    if (tokenizerPath !== undefined) values.tokenizer = tokenizerPath;
    else if (tokenizerProblem !== undefined) given.terminal.warn(tokenizerProblem);
  }
  return { ...given, positionals, values };
}
