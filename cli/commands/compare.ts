import {
  describeInterfaceDifference,
  outputsByOrder,
  withOutputNames,
} from '../../src/engine/analysis/describe-interface-difference';
import { diffModels, type ModelDifference } from '../../src/engine/analysis/diff/diff';
import { withSuggestedDimensions } from '../../src/engine/data/free-dimensions';
import { ParetoError } from '../../src/engine/errors';
import { formatBytes, formatChange, formatCount, formatShortCount } from '../../src/engine/format';
import { originalId, type CellResult, type Comparison, type OutputMatch } from '../../src/engine/metrics/cell';
import { formatMetric, leadingEstimate, metricName } from '../../src/engine/metrics/describe-accuracy';
import { describeSpeed } from '../../src/engine/verdict/speed-verdict';
import { matchWords } from '../../src/engine/report/describe-match';
import { inputsPhrase } from '../../src/engine/report/headline';
import { budgets } from '../../src/runtime/benchmark/budget';
import { benchmark, benchmarkRequest, type BenchmarkReport, type BenchmarkRequest } from '../../src/work/benchmark';
import { evaluate } from '../../src/work/evaluate';
import { parseRequest, refuseUnknownDimensions } from '../../src/work/request';
import type { EvaluationResult } from '../../src/runtime/evaluation/evaluation-document';
import type { OpenedFile } from '../../src/runtime/node/disk/model-from-disk';
import { textOption, UsageError, type Command, type Invocation, type Shell } from '../command';
import { dataHelp, dataOptions } from '../options/data-options';
import { readEvaluationOptions, type EvaluationOptions } from '../options/evaluate-options';
import { findModel } from '../files/model-on-disk';
import { createShellHost, shellOption, type ShellHost } from '../shell-host';
import { formatTable } from '../words/table';
import { warnOfAccuracy } from '../words/warn-of-data';

export const compareCommand: Command = {
  name: 'compare',
  summary: 'compares models of other tools with the original: size, outputs, speed, accuracy, nodes',
  options: {
    ...dataOptions,
    limit: { type: 'string' },
    seed: { type: 'string' },
    budget: { type: 'string' },
    threads: { type: 'string' },
    dim: { type: 'string', multiple: true },
  },
  help: `Compares models with the original: size, MACs, output error, speed, accuracy and nodes. The models may come from any tool.
Their inputs and outputs must have the names and types of the original's.

Usage: pareto compare <model> <other>… [--data <path>] [--json]

Options:
${dataHelp('--budget <name>'.length)}
  --limit <n>       only the first n samples, in file order
  --seed <n>        draws the samples with this seed; without --data, the seed of the random inputs (0)
  --budget <name>   time to measure each model: ${Object.keys(budgets).join(', ')}; default quick
  --threads <n>     WASM threads (half of the cores, at most 4)
  --dim name=value  sets a free dimension; an unnamed one is <input>.<axis>
  --json            prints the result as one JSON document

Example:
  pareto compare model.onnx model_quantized.onnx model_q4.onnx --data photos/
`,
  run,
};

interface ComparedFile {
  readonly name: string;
  /** SHA-256 of the model file, without its data files. */
  readonly sha256: string;
  /** Model file and data files together. */
  readonly sizeBytes: number;
  readonly nodes: number;
  readonly parameters: number;
  readonly macs: number | null;
}

interface ComparedVariant extends ComparedFile {
  /** Nodes: how many are the same, and which are not. */
  readonly difference: ModelDifference;
  /** Compared with the outputs of the original: on the data, else on random inputs. `null`: it could not be run. */
  readonly outputMatch: OutputMatch | null;
  readonly cells: readonly CellResult[];
  readonly comparison: readonly Comparison[];
  /** Absent without `--data`, and for a model that could not be run. */
  readonly evaluation?: EvaluationResult;
}

interface CompareResult {
  readonly model: ComparedFile;
  readonly variants: readonly ComparedVariant[];
}

interface CompareRequest extends EvaluationOptions {
  readonly model: string;
  readonly others: readonly string[];
  readonly budget: BenchmarkRequest['budget'];
}

async function run(invocation: Invocation): Promise<void> {
  const [model, ...others] = invocation.positionals;
  if (model === undefined) throw new UsageError('The model is missing.');
  if (others.length === 0) throw new UsageError('The model to compare with it is missing.');
  const options = await readEvaluationOptions(invocation, ['limit']);
  const budget = parseRequest(
    benchmarkRequest.entries.budget,
    textOption(invocation, 'budget') ?? 'quick',
    () => '--budget',
  );
  return compare({ model, others, budget, ...options }, invocation);
}

async function compare(request: CompareRequest, shell: Shell): Promise<void> {
  const host = createShellHost(shell);
  const { dimensions = {} } = request.settings;
  const { inputs } = findModel(request.model, shell);
  refuseUnknownDimensions(dimensions, { inputs }, shellOption);
  const sizes = withSuggestedDimensions(inputs, dimensions);
  const { opened: original } = await host.openModel(request.model, sizes);
  const opened: OpenedFile[] = [];
  for (const other of request.others) opened.push((await host.openModel(other, sizes)).opened);
  refuseOtherInterfaces(original, opened);

  const variants: ComparedVariant[] = [];
  const failures: string[] = [];
  for (const variant of opened) {
    const measured = await measure(request, variant, host);
    failures.push(...measured.failures);
    variants.push(await compareWith(request, { original, variant, measured }, host));
  }
  shell.terminal.progress('');
  warnOfAccuracy(
    shell,
    variants.flatMap(({ evaluation }) => evaluation ?? []),
  );
  const result: CompareResult = { model: fileOf(original), variants };
  shell.terminal.print(shell.json ? JSON.stringify(result) : describe(result));
  // Results are printed even if some measurements failed.
  if (failures.length > 0) throw new ParetoError('compare/failed', [...new Set(failures)].join(' '));
}

/** Before any time is spent. */
function refuseOtherInterfaces(original: OpenedFile, others: readonly OpenedFile[]): void {
  for (const { inspection } of others) {
    const named = withOutputNames(inspection, outputsByOrder(original.inspection, inspection));
    const difference = describeInterfaceDifference(original.inspection, named);
    if (difference !== undefined) throw new ParetoError('compare/interface', difference);
  }
}

function measure(
  { model, data, settings: { threads, dimensions, seed }, budget }: CompareRequest,
  { paths: [variant] }: OpenedFile,
  host: ShellHost,
): Promise<BenchmarkReport> {
  return benchmark({ model, variant, budget, seed, threads, dimensions, data }, host);
}

interface Compared {
  readonly original: OpenedFile;
  readonly variant: OpenedFile;
  readonly measured: BenchmarkReport;
}

async function compareWith(
  { model: against, data, settings }: CompareRequest,
  { original, variant, measured }: Compared,
  host: ShellHost,
): Promise<ComparedVariant> {
  const difference = await diffModels(original.model, variant.model, host);
  const cell = measured.cells.find((each) => each.variant !== originalId);
  const runs = cell !== undefined && data !== undefined;
  const evaluation = runs ? await evaluate({ model: variant.paths[0]!, against, data, ...settings }, host) : undefined;
  return {
    ...fileOf(variant),
    difference,
    outputMatch: evaluation?.outputMatch ?? cell?.outputMatch ?? null,
    cells: measured.cells,
    comparison: measured.comparison,
    ...(evaluation && { evaluation }),
  };
}

function fileOf({ inspection, originalBytes }: OpenedFile): ComparedFile {
  const { file, nodes, parameters, macs } = inspection;
  return { name: file.name, sha256: file.sha256, sizeBytes: originalBytes, nodes: nodes.length, parameters, macs };
}

function describe({ model, variants }: CompareResult): string {
  const hasAccuracy = variants.some(({ evaluation }) => accuracyOf(evaluation) !== '');
  const head = ['', 'size', 'MACs', 'parameters', 'output error', 'speed', ...(hasAccuracy ? ['accuracy'] : [])];
  const first = variants.find(({ evaluation }) => evaluation !== undefined)?.evaluation;
  const rows = [
    [model.name, ...figuresOf(model), 'reference', '', ...(hasAccuracy ? [accuracyOf(first?.against)] : [])],
    ...variants.map((variant) => [
      variant.name,
      ...figuresOf(variant, model),
      errorOf(variant),
      variant.comparison.map(speedOf).join(', '),
      ...(hasAccuracy ? [accuracyOf(variant.evaluation)] : []),
    ]),
  ];
  const table = formatTable([head, ...rows], ['left', 'right', 'right', 'right', 'left', 'left', 'left']);
  return [table, variants.map(differenceLines).join('\n'), describeInputs(variants)]
    .filter((section) => section !== '')
    .join('\n\n');
}

function figuresOf({ sizeBytes, macs, parameters }: ComparedFile, original?: ComparedFile): string[] {
  const change = original === undefined ? '' : ` (${formatChange(original.sizeBytes, sizeBytes)})`;
  return [
    `${formatBytes(sizeBytes)}${change}`,
    macs === null ? '–' : formatShortCount(macs),
    formatShortCount(parameters),
  ];
}

function errorOf({ outputMatch }: ComparedVariant): string {
  return outputMatch === null ? 'did not run' : matchWords(outputMatch);
}

function speedOf(comparison: Comparison): string {
  return describeSpeed(comparison);
}

function accuracyOf(evaluation: Pick<EvaluationResult, 'task' | 'metrics'> | undefined): string {
  const leading = evaluation && leadingEstimate({ task: evaluation.task.kind, metrics: evaluation.metrics });
  if (!leading) return '';
  const { metric, estimate } = leading;
  return `${metricName(metric)} ${formatMetric(metric, estimate.value)}`;
}

function differenceLines({ name, difference, evaluation }: ComparedVariant): string {
  const { same, changed, onlyA, onlyB } = difference;
  const counts = `${formatCount(same)} nodes unchanged, ${formatCount(changed.length)} changed, ${formatCount(onlyA.length)} only in the original, ${formatCount(onlyB.length)} only in the variant`;
  const paired = evaluation?.lossVerdict;
  const accuracy =
    paired === undefined
      ? ''
      : `; ${paired.sentence.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase()).replace(/\.$/, '')}`;
  return `${name}: ${counts}${accuracy}`;
}

/** The inputs that the outputs were compared on. */
function describeInputs(variants: readonly ComparedVariant[]): string {
  const match = variants.map(({ outputMatch }) => outputMatch).find((each) => each !== null);
  return match == null ? '' : `Outputs compared on ${inputsPhrase(match)}; speed on WASM, in turns with the original.`;
}
