import { describeCheck } from '../../src/engine/compile/describe-check';
import { formatBytes, formatCounted, formatQuoted } from '../../src/engine/format';
import type { CompileReport } from '../../src/runtime/compiled/compile-files';
import { compile, type CompileModelRequest } from '../../src/work/compile';
import {
  isSet,
  listOption,
  requirePositionals,
  textOption,
  UsageError,
  type Arguments,
  type Command,
  type Invocation,
} from '../command';
import { dataHelp, dataOptions, readDataRequest } from '../options/data-options';
import { dimensionsOption } from '../options/run-options';
import { writeNewFolder } from '../files/output-folder';
import { createShellHost } from '../shell-host';

export const compileCommand: Command = {
  name: 'compile',
  summary: 'compiles a model to a WebAssembly module that needs no runtime',
  options: {
    output: { type: 'string', short: 'o' },
    dim: { type: 'string', multiple: true },
    value: { type: 'string', multiple: true },
    target: { type: 'string' },
    inline: { type: 'boolean' },
    ...dataOptions,
  },
  help: `Compiles a model to a WebAssembly module with the weights inside, and writes the script that runs it. The module needs no
runtime. Its shapes are fixed, and inputs that choose between branches if need be. It is checked against the model before it is written.

Usage: pareto compile <model> -o <folder> [--dim name=value] [--value name=number]
       [--target both|simd|relaxed] [--inline] [--json]

Options:
  -o, --output <path>  a new folder for model.wasm, model.mjs, model.d.ts, example.html and report.json
  --dim name=value     sets a free dimension; an unnamed one is <input>.<axis>. Others get the size that Pareto suggests
  --value name=number  makes an input of one integer a constant, such as sr=16000. An input that chooses between operators becomes
                       one anyway if the model cannot be compiled otherwise: at its value in the data, or at the usual one
  --target <name>      simd: for every engine. relaxed: faster, for engines with relaxed SIMD. both: the script chooses (both)
  --inline             puts the modules into model.mjs, for a page of few files
${dataHelp('-o, --output <path>'.length)}
  --json               prints the content of report.json as one JSON document

Models above 512 MB are not compiled. The exit code is 1 if an operator cannot be compiled. The message names it.

Example:
  pareto compile model.onnx -o compiled/ --dim batch=1
`,
  run,
};

async function run(invocation: Invocation): Promise<void> {
  const [model = ''] = requirePositionals(invocation, ['The model']);
  const output = textOption(invocation, 'output');
  if (output === undefined) throw new UsageError('The output is missing. Name a folder with -o.');
  const request = {
    model,
    target: textOption(invocation, 'target'),
    inline: isSet(invocation, 'inline'),
    dimensions: dimensionsOption(invocation),
    values: valuesOption(invocation),
    data: await readDataRequest(invocation),
  } as CompileModelRequest;
  const host = createShellHost(invocation);
  const { report, files } = await compile(request, host);
  const { terminal, inputs, json } = invocation;
  await writeNewFolder(output, files, inputs, host.checkpoint);
  terminal.progress('');
  terminal.print(json ? JSON.stringify(report) : describe(report, output));
}

/** Throws UsageError for a text that is not name=integer. */
function valuesOption(given: Arguments): Readonly<Record<string, number>> {
  const values = listOption(given, 'value').map((text): readonly [string, number] => {
    const [, name = '', number = ''] = /^(.+)=(-?\d{1,15})$/.exec(text) ?? [];
    if (name === '') throw new UsageError(`--value must be name=integer, not ${formatQuoted(text)}.`);
    return [name, Number(number)];
  });
  return Object.fromEntries(values);
}

function describe(report: CompileReport, output: string): string {
  const { codeBytes, weightBytes, memoryBytes, operators, fixedInputs } = report;
  const fixed = Object.entries(fixedInputs).map(([name, value]) => `The input ${name} is fixed: ${value}.`);
  const count = Object.values(operators).reduce((sum, number) => sum + number, 0);
  return [
    `Compiled ${formatCounted(count, 'node')} to ${output}.`,
    `code ${formatBytes(codeBytes)}, weights ${formatBytes(weightBytes)}, memory ${formatBytes(memoryBytes)}`,
    ...fixed,
    describeCheck(report),
  ].join('\n');
}
