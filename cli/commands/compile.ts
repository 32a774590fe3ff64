import { builds, type Build } from '../../src/engine/compile/compile-model';
import type { FreeDimensions } from '../../src/engine/data/feeds';
import { formatBytes, formatCounted, formatDecibels } from '../../src/engine/format';
import { compileFiles, type CompileReport } from '../../src/runtime/compiled/compile-files';
import { createSessionInference } from '../../src/runtime/session/session-inference';
import { readFirstInputs } from '../../src/work/data';
import { refuseUnknownDimensions, type DataRequest } from '../../src/work/request';
import {
  isSet,
  requirePositionals,
  textOption,
  UsageError,
  type Command,
  type Invocation,
  type Shell,
} from '../command';
import { foundModel } from '../files/model-on-disk';
import { openInputUnhashed } from '../files/open-input';
import { dataHelp, dataOptions, readDataRequest } from '../options/data-options';
import { dimensionsOption } from '../options/run-options';
import { writeNewFolder } from '../files/output-folder';
import { createShellHost, shellOption } from '../shell-host';

/** Samples that check a module. */
const checkedSamples = 16;

const targets: Readonly<Record<string, readonly Build[]>> = { both: builds, simd: ['simd'], relaxed: ['relaxed'] };

export const compileCommand: Command = {
  name: 'compile',
  summary: 'compiles a model to a WebAssembly module that needs no runtime',
  options: {
    output: { type: 'string', short: 'o' },
    dim: { type: 'string', multiple: true },
    target: { type: 'string' },
    inline: { type: 'boolean' },
    ...dataOptions,
  },
  help: `Compiles a model to a WebAssembly module with the weights inside, and writes the script that runs it. The module needs no
runtime. Its shapes are fixed. It is checked against the model before it is written.

Usage: pareto compile <model> -o <folder> [--dim name=value] [--target both|simd|relaxed] [--inline] [--json]

Options:
  -o, --output <path>  a new folder for model.wasm, model.mjs, model.d.ts, example.html and report.json
  --dim name=value     sets a free dimension; an unnamed one is <input>.<axis>. Others get the size that Pareto suggests
  --target <name>      simd: for every engine. relaxed: faster, for engines with relaxed SIMD. both: the script chooses (both)
  --inline             puts the modules into model.mjs, for a page of few files
${dataHelp('-o, --output <path>'.length)}
  --json               prints the content of report.json as one JSON document

The exit code is 1 if the model has an operator that cannot be compiled. The message names it.

Example:
  pareto compile model.onnx -o compiled/ --dim batch=1
`,
  run,
};

interface CompileRequest {
  readonly path: string;
  readonly output: string;
  readonly wanted: readonly Build[];
  readonly dimensions: FreeDimensions;
  readonly inline: boolean;
  /** Absent: the module is checked on random inputs. */
  readonly data: DataRequest | undefined;
}

async function run(invocation: Invocation): Promise<void> {
  const [path = ''] = requirePositionals(invocation, ['The model']);
  const output = textOption(invocation, 'output');
  if (output === undefined) throw new UsageError('The output is missing. Name a folder with -o.');
  const target = textOption(invocation, 'target') ?? 'both';
  const wanted = Object.hasOwn(targets, target) ? targets[target] : undefined;
  if (wanted === undefined) throw new UsageError(`--target must be both, simd or relaxed, not "${target}".`);
  const dimensions = dimensionsOption(invocation);
  const data = await readDataRequest(invocation);
  return compile({ path, output, wanted, dimensions, inline: isSet(invocation, 'inline'), data }, invocation);
}

async function compile({ path, output, wanted, dimensions, inline, data }: CompileRequest, shell: Shell) {
  const opened = openInputUnhashed(path, shell);
  const found = foundModel(opened);
  refuseUnknownDimensions(dimensions, found, shellOption);
  const host = createShellHost(shell);
  const sizes = { freeDimensions: dimensions, count: checkedSamples };
  const samples = data && (await readFirstInputs(data, found, sizes, host));
  shell.terminal.progress('Compiling the model');
  const made = await compileFiles(
    {
      ...{ model: opened.model, name: found.name, dimensions, builds: wanted, inline },
      ...(samples && { samples }),
    },
    { ...host, inference: createSessionInference(() => host.openSessions()) },
  );
  await writeNewFolder(output, made.files, shell.inputs, host.checkpoint);
  shell.terminal.progress('');
  shell.terminal.print(shell.json ? JSON.stringify(made.report) : describe(made.report, output));
}

function describe(report: CompileReport, output: string): string {
  const { codeBytes, weightBytes, memoryBytes, sqnrDb, checkedOn, operators } = report;
  const count = Object.values(operators).reduce((sum, number) => sum + number, 0);
  const inputs = checkedOn.inputs === 'data' ? 'samples' : 'random inputs';
  return [
    `Compiled ${formatCounted(count, 'node')} to ${output}.`,
    `code ${formatBytes(codeBytes)}, weights ${formatBytes(weightBytes)}, memory ${formatBytes(memoryBytes)}`,
    `SQNR ${formatDecibels(sqnrDb)} to onnxruntime-web on ${checkedOn.samples} ${inputs}`,
  ].join('\n');
}
