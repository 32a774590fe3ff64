import { formatExactBytes } from '../../src/engine/format';
import { runRecipe } from '../../src/engine/recipe/run-recipe';
import { requirePositionals, textOption, UsageError, type Command, type Invocation, type Shell } from '../command';
import {
  describeFolder,
  folderModel,
  namesFolder,
  writeModelFolder,
  type MadeModel,
  type WrittenFolder,
} from '../hub/write-folder';
import { createRecipeHost } from '../../src/runtime/node/recipe-host';
import { openInput } from '../files/open-input';
import { VariantWriter } from '../files/write-variant';
import { basename, join } from 'node:path';

export const roundtripCommand: Command = {
  name: 'roundtrip',
  summary: 'reads a model and writes it again without changes',
  computesWeights: () => true,
  keepsBlocks: (values) => values['as-stored'] === true,
  options: { output: { type: 'string', short: 'o' }, 'as-stored': { type: 'boolean' } },
  help: `Reads a model and writes it again without changes, to show that nothing is lost.

Usage: pareto roundtrip <model> -o <out> [--as-stored] [--json]

Options:
  -o, --output <file>  where to write; must not be an input. A name that ends with / is a folder: it gets the model with its
                       config.json and tokenizer, also from a GGUF file
  --as-stored          keeps the weights of a GGUF file in their blocks of 4 or 8 bits (Q4_0, Q4_1, Q8_0), as MatMulNBits.
                       Without it, they become float32, which passes can change
  --json               prints sizes and hashes as one JSON document

Example:
  pareto roundtrip model.onnx -o same.onnx
`,
  async run(invocation) {
    const [path = ''] = requirePositionals(invocation, ['The model']);
    const output = textOption(invocation, 'output');
    if (output === undefined) throw new UsageError('The output is missing. Name it with -o.');
    if (!namesFolder(output)) return print(invocation, output, await write(invocation, path, output));
    const { made, folder } = await writeModelFolder(invocation, { output, source: path }, (file) =>
      write(invocation, path, file, folderModel),
    );
    return print(invocation, join(output, folder.files[0]!), made, folder);
  },
};

/** Writes the model. `names`: those of its files in a folder. */
async function write(
  invocation: Invocation,
  path: string,
  output: string,
  names?: typeof folderModel,
): Promise<MadeModel> {
  const host = createRecipeHost(invocation.signal);
  const opened = await openInput(path, invocation, host);
  const writer = new VariantWriter(output, invocation.inputs);
  try {
    const { optimization, inspection } = await runRecipe(
      opened,
      {
        recipe: { version: 1, seed: 0, steps: [] },
        variantName: basename(output),
        ...(names && { dataFileName: names.dataFileName, mostDataFileBytes: names.mostDataFileBytes }),
        storage: opened.inspection.externalFiles.length > 0 ? 'external' : 'auto',
        openSink: (file) => writer.openSink(file),
        onProgress: () => undefined,
      },
      host,
    );
    writer.commit();
    return { inspection, optimization, dataFiles: writer.modelOnDisk().externalData.length };
  } finally {
    writer.discard();
  }
}

function print({ terminal, json }: Shell, output: string, { optimization }: MadeModel, folder?: WrittenFolder): void {
  const { model, variant, sizeBytes } = optimization;
  const result = { model, variant: { path: output, ...variant }, sizeBytes, ...(folder && { folder }) };
  const sizes = `${output}: ${formatExactBytes(sizeBytes.variant)}, the original has ${formatExactBytes(sizeBytes.original)}.`;
  terminal.print(json ? JSON.stringify(result) : [sizes, ...(folder ? [describeFolder(folder)] : [])].join('\n'));
}
