/** GGUF files that are given in place of a model. Commands read them as ONNX files in a temporary folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { isGguf } from '../src/engine/gguf/is-gguf';
import { openGguf, type OpenedGguf } from '../src/engine/gguf/open-gguf';
import { streamParts } from '../src/engine/files/stream-parts';
import { encodeVariant } from '../src/engine/recipe/encode-variant';
import { createRecipeHost } from '../src/runtime/node/recipe-host';
import type { EncodedFile } from '../src/engine/recipe/check-written';
import type { Command, Invocation } from './command';
import { findPath } from './disk-path';
import { InputFiles } from './input-files';
import { modelOptions, needsTokenizer } from './hub/model-folder';
import { openSource, withName } from './open-input';
import { VariantWriter } from './write-variant';

/**
 * Runs a command with each GGUF file that is named as a model replaced by an ONNX file with the same weights, and removes these files
 * afterwards. The tokenizer of the first one converts texts of `--data` unless another is given. Rejects as `openGguf` does.
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
  const folder = mkdtempSync(join(tmpdir(), 'pareto-gguf-'));
  try {
    const written = new Map<string, WrittenGguf>();
    for (const path of files) written.set(path, await convert(path, join(folder, String(written.size)), given));
    await run(withWritten(command, given, written));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface WrittenGguf extends Pick<OpenedGguf, 'tokenizerProblem'> {
  readonly path: string;
  /** Absent: the file has none that is supported. */
  readonly tokenizerPath?: string;
}

function isGgufFile(path: string): boolean {
  if (findPath(path)?.isFile() !== true) return false;
  const source = openSource(path);
  try {
    return isGguf(source);
  } finally {
    source.close();
  }
}

async function convert(path: string, folder: string, { terminal, signal }: Invocation): Promise<WrittenGguf> {
  const source = openSource(path);
  try {
    const { model, name, note, tokenizer, tokenizerProblem } = withName(path, () => openGguf(source, basename(path)));
    mkdirSync(folder);
    const modelPath = join(folder, name);
    await write(modelPath, encodeVariant(model, name, { storage: 'auto' }), { terminal, signal });
    terminal.warn(`${path} is used as ${name}. ${note}`);
    if (tokenizer === undefined) return { path: modelPath, tokenizerProblem };
    const tokenizerPath = join(folder, 'tokenizer.json');
    writeFileSync(tokenizerPath, tokenizer);
    return { path: modelPath, tokenizerPath };
  } finally {
    source.close();
  }
}

async function write(
  path: string,
  files: readonly EncodedFile[],
  { terminal, signal }: Pick<Invocation, 'terminal' | 'signal'>,
): Promise<void> {
  const writer = new VariantWriter(path, new InputFiles());
  const { checkpoint } = createRecipeHost(signal);
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let before = 0;
  try {
    for (const file of files) {
      const progress = (done: number) =>
        terminal.progress(`Converting ${basename(path)}: ${Math.floor((100 * (before + done)) / total)} %`);
      before += await streamParts(file.parts, undefined, writer.openSink(file), { progress, checkpoint });
    }
    writer.commit();
  } finally {
    writer.discard();
    terminal.progress('');
  }
}

function withWritten(
  command: Pick<Command, 'options'>,
  given: Invocation,
  written: ReadonlyMap<string, WrittenGguf>,
): Invocation {
  const pathOf = (path: string): string => written.get(path)?.path ?? path;
  const values: Record<string, Invocation['values'][string]> = { ...given.values };
  for (const name of modelOptions) {
    const named = values[name];
    if (typeof named === 'string') values[name] = pathOf(named);
  }
  const [{ tokenizerPath, tokenizerProblem } = {}] = written.values();
  if (needsTokenizer(command, given)) {
    if (tokenizerPath !== undefined) values.tokenizer = tokenizerPath;
    else if (tokenizerProblem !== undefined) given.terminal.warn(tokenizerProblem);
  }
  return { ...given, positionals: given.positionals.map(pathOf), values };
}
