import { ParetoError } from '../../src/engine/errors';
import { originalId, type CellResult, type Comparison } from '../../src/engine/metrics/cell';
import { matchGrade } from '../../src/engine/metrics/match-grade';
import { describeBusy, describeSpeed } from '../../src/engine/verdict/speed-verdict';
import { explainFigure, matchWords } from '../../src/engine/report/describe-match';
import { usualNetwork } from '../../src/engine/profiling/cold-start';
import { graphOptimizationLevels, preferredLayouts } from '../../src/engine/profiling/sweep';
import { isPartnerElsewhere, timeOn, type TimedWork } from '../../src/engine/report/paired-times';
import { formatCounted, formatDuration, formatQuoted, formatRatioInterval } from '../../src/engine/format';
import { budgets } from '../../src/runtime/benchmark/budget';
import { readBenchmarkOptions, type BenchmarkOptions } from '../options/benchmark-options';
import { textOption, UsageError, type Command, type Invocation, type Shell } from '../command';
import { dataHelp, dataOptions } from '../options/data-options';
import { failConditionHelp, parseFailConditions } from '../measure/fail-condition';
import { findModel, refuseUnknownAxes } from '../files/model-on-disk';
import { benchmark, type BenchmarkReport } from '../../src/work/benchmark';
import { OutputFile } from '../files/output-file';
import { describeNodePairs, describeNodeTimes } from '../words/describe-nodes';
import { describeAlone, measureAlone, type MeasuredAlone } from '../measure/measure-alone';
import { describeGeneration, measureWriting, type MeasuredGeneration } from '../measure/measure-generation';
import { pairNodesOnDisk } from '../measure/pair-nodes-on-disk';
import type { NodePair } from '../../src/engine/profiling/pair-nodes';
import { createShellHost } from '../shell-host';
import { formatTable } from '../words/table';

const budgetTimes = Object.entries(budgets)
  .map(([name, { shortestMs, cellMs }]) => `${shortestMs / 1000} to ${cellMs / 1000} s (${name})`)
  .join(', ');

export const benchmarkCommand: Command = {
  name: 'benchmark',
  summary: 'measures the speed and the outputs of a model, and of a variant against it',
  options: {
    ep: { type: 'string', multiple: true },
    browser: { type: 'boolean' },
    budget: { type: 'string' },
    batch: { type: 'string' },
    threads: { type: 'string' },
    dim: { type: 'string', multiple: true },
    seed: { type: 'string' },
    'per-node': { type: 'boolean' },
    sweep: { type: 'string', multiple: true },
    trace: { type: 'string' },
    memory: { type: 'boolean' },
    'network-mbps': { type: 'string' },
    roofline: { type: 'boolean' },
    sustained: { type: 'string' },
    ...dataOptions,
    'fail-if': { type: 'string' },
  },
  help: `Measures a model. With a variant, runs of both alternate. All outputs are compared with the original's on WASM, on samples of
--data or on random inputs. A model that generates text is also measured on WASM by the time to its first token, and by its
tokens per second with 0, 256 and 1,024 tokens in the cache.

Usage: pareto benchmark <model> [<variant>] [--ep <provider>]… [--json]

Options:
  --ep <provider>   wasm (the default); compiled: a module without a runtime, in turns with the original on wasm;
                    native, if onnxruntime-node is installed; with --browser also webgpu, webnn-cpu, webnn-gpu, webnn-npu
  --browser         measures in a headless browser, with the built app (npm run build)
  --budget <name>   time per model and provider, and for each further measurement: ${budgetTimes};
                    default standard. Further measurements that it leaves no time for are named
  --batch <n>       sets every free batch dimension
  --threads <n>     WASM threads (half of the cores, at most 4)
  --dim name=value  sets a free dimension; an unnamed one is <input>.<axis>
  --seed <n>        seed of the random inputs (0)
${dataHelp('--data <path>    '.length)}
  --per-node        also measures each node, including nodes fused into it (median of 12 profiled runs), and shows the
                    slowest; with a variant also those that differ most
  --sweep <axis>    time and throughput at each of these values: batch=1,2,4,8, threads=1,2,4,
                    optimization=${graphOptimizationLevels.join(',')}, a free dimension such as
                    height=224,320, or, with --browser, layout=${preferredLayouts.join(',')}
  --trace <file>    writes runs and kernels of the last model as a trace for Chrome or Perfetto
  --memory          measures memory (weights, activations, heap) and cold start (download of model and runtime,
                    session, first run)
  --network-mbps <n>
                    speed of the network for the downloads of --memory, in Mbit/s (${usualNetwork.mbps}, as 4G)
  --roofline        measures what limits the nodes: arithmetic, memory or the cost of starting them, and what would help
  --sustained <s>   runs the model for so many seconds and reports drift, as of a device that gets hot
  --fail-if <expr>  exit code 1 if true: ${failConditionHelp}
  --json            device, cells and comparison as one JSON document

Example:
  pareto benchmark model.onnx quantized.onnx --dim height=224 --fail-if "ratio<1.1,sqnrDb<20"
`,
  run,
};

/** The figures of `MeasuredAlone` are those of the last model named. */
interface BenchmarkResult extends MeasuredAlone, Omit<BenchmarkReport, 'failures'> {
  /** Nodes of both models, the largest differences first. */
  readonly nodePairs?: readonly NodePair[];
  /** Absent for a model that does not generate text. */
  readonly generation?: readonly MeasuredGeneration[];
}

async function run(invocation: Invocation): Promise<void> {
  const [model, variant, ...rest] = invocation.positionals;
  if (model === undefined) throw new UsageError('The model is missing.');
  if (rest.length > 0) throw new UsageError(`${formatQuoted(rest[0] ?? '')} is one argument too many.`);
  const options = await readBenchmarkOptions(invocation);
  const condition = textOption(invocation, 'fail-if');
  const conditions = condition === undefined ? [] : parseFailConditions(condition);
  const idle = conditions.find((one) => one.needsVariant);
  if (idle && variant === undefined) {
    throw new UsageError(`--fail-if ${idle.text} compares a variant with the model. Name the variant too.`);
  }
  const { result, failures } = await measureAll({ ...options, model, variant }, invocation);
  // Results are printed even if some cells failed.
  if (result.cells.length > 0) {
    const hasData = options.request.data !== undefined;
    invocation.terminal.print(invocation.json ? JSON.stringify(result) : describe(result, hasData));
  }
  if (failures.length > 0) throw new ParetoError('benchmark/failed', failures.join(' '));
  const broken = conditions.flatMap((one) => one.find(result).map((where) => `${where} (--fail-if ${one.text})`));
  if (broken.length > 0) throw new ParetoError('benchmark/condition', `${broken.join('; ')}.`);
}

interface Measuring extends BenchmarkOptions {
  readonly model: string;
  readonly variant: string | undefined;
}

async function measureAll({ model, variant: other, ...options }: Measuring, shell: Shell) {
  const { request, browser, sweep } = options;
  const original = findModel(model, shell);
  refuseUnknownAxes(sweep, original);
  const variant = other === undefined ? undefined : findModel(other, shell);
  // Refused before the time is spent.
  const trace = options.trace === undefined ? undefined : new OutputFile(options.trace, shell.inputs);
  try {
    const host = createShellHost(shell, { browser });
    const { failures, ...measured } = await benchmark({ ...request, model, variant: other }, host);
    shell.terminal.progress('');
    const nodePairs =
      request.perNode && variant
        ? await pairNodesOnDisk(shell, measured.cells, { original, variant }, request.dimensions ?? {})
        : undefined;
    const alone = await measureAlone(shell, { ...options, trace }, variant ?? original);
    const generation = await measureWriting(shell, options, original, variant);
    const result = { ...measured, ...(nodePairs && { nodePairs }), ...alone, ...(generation && { generation }) };
    return { result, failures };
  } finally {
    trace?.discard();
  }
}

function describe(result: BenchmarkResult, hasData: boolean): string {
  const { device, cells, comparison, nodePairs, generation } = result;
  const rows = cells.map((cell) => [
    cell.variant,
    cell.ep,
    formatDuration(cell.loadMs),
    formatDuration(cell.firstRunMs),
    ...timesOf(cell, { cells, comparisons: comparison }),
    matchWords(cell.outputMatch),
    cell.flags.join(', '),
  ]);
  const head = ['', 'provider', 'load', 'first run', 'median', 'p95', 'samples', 'outputs', 'flags'];
  const warnings = cells.flatMap(warningsOf);
  const ofData = cells.every(({ outputMatch }) => outputMatch.inputs === 'data');
  const random = `random inputs${hasData ? ', since --data has other shapes' : ''}`;
  return [
    `${device.browser}, ${device.os}, ${formatCounted(device.threads, 'WASM thread')}, onnxruntime-web ${device.ortVersion}, ${ofData ? 'data samples' : random}`,
    formatTable([head, ...rows], ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'left']),
    warnings.join('\n'),
    comparison.map((one) => describeComparison(one, cells)).join('\n'),
    ...cells.map(describeNodeTimes),
    ...(nodePairs ? [describeNodePairs(nodePairs)] : []),
    describeGeneration(generation),
    ...describeAlone(result),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/**
 * The times of the original are those of the turns with the variant, from which their ratio is computed. Its own cell
 * was measured at another moment.
 */
function timesOf({ variant, ep, steady }: CellResult, work: TimedWork): string[] {
  const time = timeOn(work, variant, ep);
  if (time === undefined) return ['ratio only', '', ''];
  const isOfTurns = variant === originalId && !isPartnerElsewhere(ep);
  const turns = isOfTurns ? work.comparisons.find((one) => one.ep === ep) : undefined;
  const p95Ms = turns?.original?.spread?.p95Ms ?? steady.p95Ms;
  return [time.text, formatDuration(p95Ms), String(turns?.pairs ?? steady.runs)];
}

/** They stand before what is said about speed. */
function warningsOf(cell: CellResult): readonly string[] {
  const { variant, ep, setUpMs } = cell;
  const setUp = `Set-up of ${variant} on ${ep} took ${formatDuration(setUpMs ?? 0)}, longer than the budget of the cell, so only a few runs were timed.`;
  const busy = describeBusy(cell);
  return [
    ...outputWarningsOf(cell),
    ...(setUpMs === undefined ? [] : [setUp]),
    ...(busy === undefined ? [] : [`${variant} on ${ep}: ${busy}`]),
  ];
}

function outputWarningsOf({ variant, ep, outputMatch }: CellResult): readonly string[] {
  const { problem } = outputMatch;
  const grade = matchGrade(outputMatch);
  if (grade === 'not-comparable') return [`Outputs of ${variant} on ${ep} cannot be compared: ${problem ?? ''}`];
  if (problem !== undefined) return [`Wrong outputs of ${variant} on ${ep}: ${problem}`];
  if (grade !== 'strong') return [];
  const figure = explainFigure(outputMatch);
  return [`Outputs of ${variant} on ${ep} differ strongly (${figure}). Evaluate the accuracy before you use it.`];
}

function describeComparison(comparison: Comparison, cells: readonly CellResult[]): string {
  const { variant, ep, ratio, interval, noiseFloor, verdict } = comparison;
  const noise = `noise floor ${(noiseFloor * 100).toFixed(1)} %`;
  const cell = cells.find((one) => one.variant === variant && one.ep === ep);
  const grade = cell && matchGrade(cell.outputMatch);
  const caveat = grade === 'strong' ? '; its outputs differ strongly' : '';
  if (verdict !== 'invalid') return `${variant} on ${ep}: ${describeSpeed(comparison)}, ${noise}${caveat}`;
  const why = grade === 'not-comparable' ? 'cannot be compared' : 'are wrong';
  return `${variant} on ${ep}: no verdict, because its outputs ${why} (${formatRatioInterval(ratio, interval)}, ${noise})`;
}
