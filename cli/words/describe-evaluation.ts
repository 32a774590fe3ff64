/** An evaluation for people. */
import type {
  Accuracy,
  AccuracyWarning,
  ClassResults,
  ComparedOutput,
  DataMatch,
  Estimate,
} from '../../src/engine/metrics/evaluation';
import {
  describeTask,
  formatDifference,
  formatDifferenceInterval,
  formatMetric,
  formatMetricInterval,
  metricName,
} from '../../src/engine/metrics/describe-accuracy';
import { describeEvaluatedSamples } from '../../src/engine/report/describe-evaluated-samples';
import { explainFigure, isIdenticalOutput, matchWords } from '../../src/engine/report/describe-match';
import { formatCount, formatCounted, formatDuration, formatPercent } from '../../src/engine/format';
import type { EvaluationResult } from '../../src/runtime/evaluation/evaluation-document';
import { formatTable } from './table';

/** A table of more classes is wider than most terminals. */
const mostShownClasses = 10;

export function describeEvaluation(result: EvaluationResult, showConfusion: boolean): string {
  const { model, against, data, samples, skipped, classes } = result;
  const names = [model.name, ...(against ? [`${against.model.name} (original)`] : [])];
  const sections = [
    `${formatCounted(samples, 'sample')} of ${data.name}, on ${result.ep}, ${result.batch} per run, in ${formatDuration(result.ms)} (${formatCount(result.throughput.samplesPerSecond)} samples per second in the model).`,
    data.notes.join('\n'),
    describeSplit(result),
    skipped > 0 ? describeSkipped(result) : '',
    result.mappingReasons.join('\n'),
    describeThreshold(result),
    Object.keys(result.metrics).length > 0 ? metricTable(result, names) : '',
    result.undecided
      ? `${formatCounted(result.undecided, 'sample')} produced no number (NaN) and counted as wrong.`
      : '',
    describeOutputs(result.outputMatch, 'Outputs against the original'),
    describeOutputs(result.recorded, `Outputs of ${model.name} against those recorded in the data`),
    against
      ? describeOutputs(against.recorded, `Outputs of ${against.model.name} against those recorded in the data`)
      : '',
    result.lossVerdict?.sentence ?? '',
    classes && (showConfusion || classes.names.length <= mostShownClasses) ? confusionTable(classes) : '',
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

/** Nothing where the whole data is evaluated: then page and command line take the same. */
function describeSplit({ split: { seed, calibration, evaluation }, data, samples, skipped }: EvaluationResult): string {
  if (seed !== null) {
    const split = { seed, calibration, evaluation };
    return `Data: ${describeEvaluatedSamples({ samples: data.samples, split }, { samples, skipped })}.`;
  }
  if (evaluation === null || evaluation >= data.samples) return '';
  const first = `Data: the first ${formatCount(evaluation)} of ${formatCount(data.samples)}, in file order, without a seed.`;
  return `${first} The page chooses samples by a seed. --seed 0 chooses the same samples as seed 0 there.`;
}

/** The threshold (0 or 0.5) is derived from the outputs, so the user has to see which one it is. */
function describeThreshold({ task }: EvaluationResult): string {
  if (task.kind !== 'binary') return '';
  return `Evaluated as ${describeTask(task)}. To change this, use a mapping with "task": ${JSON.stringify(task)}`;
}

/** Longer lists are in the JSON document. */
const mostProposed = 20;

/** Adds the option, or the part of a mapping, that tries the proposal. */
export function describeWarning({ message, classes, task, inputs }: AccuracyWarning): string {
  if (inputs !== undefined) return `${message} Try: --preset auto`;
  if (task !== undefined) return `${message} Try a mapping (--mapping) with "task": ${JSON.stringify(task)}`;
  if (classes === undefined) return message;
  const isShown = classes.length <= mostProposed && classes.every((name) => /^[\w+-]+$/.test(name));
  return isShown
    ? `${message} Try: --classes ${classes.join(',')}`
    : `${message} List the classes of the model in a file, one per line in its order, and add --classes <file>. With --json, "warnings" has the order that fits.`;
}

export function describeSkipped({
  skipped,
  skippedSamples,
}: Pick<EvaluationResult, 'skipped' | 'skippedSamples'>): string {
  const named = skippedSamples.map(({ place, reason }) => `  ${place}: ${reason}`);
  const more = skipped - named.length;
  return [
    `Skipped ${formatCounted(skipped, 'sample')}:`,
    ...named,
    ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
  ].join('\n');
}

function metricTable({ metrics, against }: EvaluationResult, names: readonly string[]): string {
  const all: Readonly<Record<string, Accuracy['metrics'][string]>>[] = [metrics, ...(against ? [against.metrics] : [])];
  const rows = Object.keys(metrics).map((metric) => [
    metricName(metric),
    ...all.map((each) => figure(metric, each[metric])),
  ]);
  const table = formatTable([['', ...names], ...rows], ['left', 'right', 'right']);
  const difference = against?.difference;
  if (!difference) return table;
  const figures = `${formatDifference(difference)}, 95 % interval ${formatDifferenceInterval(difference)}`;
  return `${table}\n\n${metricName(difference.metric)} against the original: ${figures}.`;
}

function figure(metric: string, estimate: Accuracy['metrics'][string] | undefined): string {
  // A metric that compares with the original has no value for the original.
  if (estimate === undefined) return '–';
  if (Number.isNaN(estimate.value)) return 'not defined';
  return `${formatMetric(metric, estimate.value)} (${formatMetricInterval(metric, estimate.interval)})`;
}

/** Figures that only outputs of one kind have. */
const unitColumns: readonly { readonly head: string; readonly of: (output: Partial<ComparedOutput>) => string }[] = [
  { head: '1 − cosine', of: ({ cosineLoss }) => (cosineLoss === undefined ? '' : cosineLoss.value.toPrecision(3)) },
  { head: 'same neighbor', of: ({ neighborAgreement }) => share(neighborAgreement) },
  { head: 'recall@10', of: ({ recallAt10 }) => share(recallAt10) },
  {
    head: 'rank correlation',
    of: ({ similarityRank }) => (similarityRank === undefined ? '' : similarityRank.toFixed(4)),
  },
  { head: 'same step', of: ({ stepAgreement }) => share(stepAgreement) },
  { head: 'overlap', of: ({ overlap }) => share(overlap) },
  { head: 'same boxes', of: ({ boxAgreement }) => share(boxAgreement) },
];

function share(estimate: Estimate | undefined): string {
  return estimate === undefined ? '' : formatPercent(estimate.value, 2);
}

function describeOutputs(outputMatch: DataMatch | undefined, title: string): string {
  if (!outputMatch) return '';
  const perOutput = new Map(outputMatch.perOutput.map((output) => [output.name, output]));
  const rows = outputMatch.outputs.map((output) => {
    const { name, sqnrDb, maxAbs, cosine } = output;
    const own: Partial<ComparedOutput> = perOutput.get(name) ?? {};
    return [
      name,
      own.kind === undefined ? '' : `${own.kind} (${own.reason})`,
      sqnrDb === null ? '' : explainFigure({ ...output, identical: isIdenticalOutput(output) }),
      maxAbs === null ? '' : maxAbs.toPrecision(3),
      cosine === null ? '' : cosine.toFixed(6),
      own.klDivergence == null ? '' : own.klDivergence.toPrecision(3),
      own.agreement == null ? '' : formatPercent(own.agreement.value, 2),
      ...unitColumns.map(({ of }) => of(own)),
    ];
  });
  const named = ['output', 'compared as', 'SQNR', 'max error', 'cosine', 'KL (nats)', 'same prediction'];
  const all = [[...named, ...unitColumns.map(({ head }) => head)], ...rows];
  // Only columns with a value are shown.
  const isShown = (column: number) => column < named.length || rows.some((row) => row[column] !== '');
  const table = formatTable(
    all.map((row) => row.filter((_, column) => isShown(column))),
    ['left', 'left', 'left', 'right', 'right', 'right', 'right', ...unitColumns.map(() => 'right' as const)],
  );
  const problem = outputMatch.problem === undefined ? '' : ` ${outputMatch.problem}`;
  return `${title}: ${matchWords(outputMatch)}.${problem}\n${table}`;
}

function confusionTable({ names, confusion }: ClassResults): string {
  const rows = confusion.map((row, index) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    const recall = total === 0 ? '' : formatPercent(row[index]! / total);
    return [names[index]!, ...row.map(String), recall];
  });
  const head = ['true ↓ predicted →', ...names, 'right'];
  return formatTable([head, ...rows], ['left', ...head.slice(1).map(() => 'right' as const)]);
}
