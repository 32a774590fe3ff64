import { formatExactBytes } from '../../src/engine/format';
import { runRecipe } from '../../src/engine/recipe/run-recipe';
import { requirePositionals, textOption, UsageError, type Command } from '../command';
import { createRecipeHost } from '../../src/runtime/node/recipe-host';
import { openInput } from '../files/open-input';
import { VariantWriter } from '../files/write-variant';
import { basename } from 'node:path';

export const roundtripCommand: Command = {
  name: 'roundtrip',
  summary: 'reads a model and writes it again without changes',
  computesWeights: () => true,
  options: { output: { type: 'string', short: 'o' } },
  help: `Reads a model and writes it again without changes, to show that nothing is lost.

Usage: pareto roundtrip <model> -o <out> [--json]

Options:
  -o, --output <file>  where to write; must not be an input
  --json               prints sizes and hashes as one JSON document

Example:
  pareto roundtrip model.onnx -o same.onnx
`,
  async run(invocation) {
    const [path = ''] = requirePositionals(invocation, ['The model']);
    const output = textOption(invocation, 'output');
    if (output === undefined) throw new UsageError('The output is missing. Name it with -o.');
    const host = createRecipeHost(invocation.signal);
    const opened = await openInput(path, invocation, host);
    const writer = new VariantWriter(output, invocation.inputs);
    try {
      const { optimization } = await runRecipe(
        opened,
        {
          recipe: { version: 1, seed: 0, steps: [] },
          variantName: basename(output),
          storage: opened.inspection.externalFiles.length > 0 ? 'external' : 'auto',
          openSink: (file) => writer.openSink(file),
          onProgress: () => undefined,
        },
        host,
      );
      writer.commit();
      const { model, variant, sizeBytes } = optimization;
      const result = { model, variant: { path: output, ...variant }, sizeBytes };
      invocation.terminal.print(
        invocation.json
          ? JSON.stringify(result)
          : `${output}: ${formatExactBytes(sizeBytes.variant)}, the original has ${formatExactBytes(sizeBytes.original)}.`,
      );
    } finally {
      writer.discard();
    }
  },
};
