/** Writes a GGUF file as an ONNX file. Its code is loaded when a file needs it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { streamFiles } from '../../src/engine/files/stream-parts';
import { openGguf, type OpenedGguf } from '../../src/engine/gguf/open-gguf';
import { encodeVariant } from '../../src/engine/recipe/encode-variant';
import { createRecipeHost } from '../../src/runtime/node/recipe-host';
import type { Shell } from '../command';
import { InputFiles } from '../input-files';
import { openSource, withName } from '../open-input';
import { VariantWriter } from '../write-variant';

export interface WrittenGguf extends Pick<OpenedGguf, 'tokenizerProblem'> {
  readonly path: string;
  /** Absent: the file has none that is supported. */
  readonly tokenizerPath?: string;
}

type Context = Pick<Shell, 'terminal' | 'signal'>;

/** Creates `folder`, and writes the model and the tokenizer of a GGUF file there. Rejects as `openGguf` does. */
export async function convertGguf(path: string, folder: string, context: Context): Promise<WrittenGguf> {
  const source = openSource(path);
  try {
    const { model, name, note, tokenizer, tokenizerProblem } = withName(path, () => openGguf(source, basename(path)));
    mkdirSync(folder);
    const modelPath = join(folder, name);
    const writer = new VariantWriter(modelPath, new InputFiles());
    const { checkpoint } = createRecipeHost(context.signal);
    const progress = (done: number, total: number) =>
      context.terminal.progress(`Converting ${name}: ${Math.floor((100 * done) / total)} %`);
    try {
      const files = encodeVariant(model, name, { storage: 'auto' });
      await streamFiles(files, (file) => writer.openSink(file), { progress, checkpoint });
      writer.commit();
    } finally {
      writer.discard();
      context.terminal.progress('');
    }
    context.terminal.warn(`${path} is used as ${name}. ${note}`);
    if (tokenizer === undefined) return { path: modelPath, tokenizerProblem };
    const tokenizerPath = join(folder, 'tokenizer.json');
    writeFileSync(tokenizerPath, tokenizer);
    return { path: modelPath, tokenizerPath };
  } finally {
    source.close();
  }
}
