/** A report as Markdown, for an issue, a pull request or a note. */
import type { ShownDetail } from '../passes/pass-details';
import { describeCores, originalId, type ExecutionProvider } from '../metrics/cell';
import { furthestMatch, matchGrade } from '../metrics/match-grade';
import {
  accuracyName,
  formatMetric,
  formatMetricInterval,
  leadingEstimate,
  describeTask,
} from '../metrics/describe-accuracy';
import { describeBusy, describeSpeed } from '../verdict/speed-verdict';
import { describeInterval } from '../verdict/loss';
import { describeEvaluatedSamples } from './describe-evaluated-samples';
import { matchWords, unusableWords } from './describe-match';
import { formatDetailValue, summarizeInWords } from './describe-detail';
import type { ReportEvaluation } from './evaluation-schema';
import {
  findCell,
  findComparison,
  findEvaluation,
  findFailure,
  measuredInputs,
  standingEvaluation,
} from './find-in-report';
import { headlineFacts } from './headline-facts';
import { formatBytes, formatChange, formatCounted, formatList, formatProvider, formatRatioInterval } from '../format';
import { describeSweep, describeSweepConditions, tabulateSweep, titleOfSweep } from '../profiling/sweep';
import { reportedLoss } from '../search/candidate';
import { describeSearch, describeStanding, nameOfSpeed } from '../search/describe-search';
import { resultOf } from '../search/search-journal';
import { headline } from './headline';
import { escapeMarkdown, formatMarkdownTable } from './markdown-parts';
import { evaluatedVerdict } from './variant-verdict';
import { timesOn } from './paired-times';
import type { Report, ReportCell, ReportVariant } from './report-schema';
import { pointsOfSweep } from './sweep-schema';

/** `variantId`: whose headline opens it; the one that the report opens on when absent. */
export function reportToMarkdown(report: Report, variantId?: string): string {
  const providers = [...new Set(report.cells.map((cell) => cell.ep))];
  return [
    `# ${escapeMarkdown(report.model.name)}: optimization report`,
    escapeMarkdown(headline(headlineFacts(report, variantId))),
    ...(report.notes ?? []).map(escapeMarkdown),
    formatMarkdownTable(
      [
        ...['Variant', 'Size', 'After gzip'],
        ...providers.map((ep) => `Latency, ${formatProvider(ep)}`),
        ...['Output match', ...(report.evaluations === undefined ? [] : ['Accuracy'])],
      ],
      rowsOf(report, providers),
    ),
    ...report.variants.map(describeRecipe),
    ...(report.search === undefined ? [] : describeTried(report.search)),
    ...describeSweeps(report),
    describeConditions(report),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

function rowsOf(report: Report, providers: readonly ExecutionProvider[]): string[][] {
  const first = report.variants[0];
  const original = [
    'original',
    formatBytes(report.model.sizeBytes),
    first?.gzipBytes ? formatBytes(first.gzipBytes.original) : '–',
    ...providers.map((ep) => originalLatency(report, ep)),
    'reference',
    ...accuracy(report, originalId),
  ];
  const variants = report.variants.map(({ id, name, sizeBytes, gzipBytes }) => [
    name,
    `${formatBytes(sizeBytes.variant)} (${formatChange(sizeBytes.original, sizeBytes.variant)})`,
    gzipBytes ? `${formatBytes(gzipBytes.variant)} (${formatChange(gzipBytes.original, gzipBytes.variant)})` : '–',
    ...providers.map((ep) => latency(report, id, ep)),
    match(report.cells.filter((cell) => cell.variant === id)),
    ...accuracy(report, id),
  ]);
  return [original, ...variants];
}

/** Describes the candidates that a search tried, and its recommendation. */
function describeTried(search: NonNullable<Report['search']>): string[] {
  const result = resultOf(search);
  const rows = result.candidates.map((candidate) => {
    const { name, sizeBytes, timing } = candidate;
    const loss = reportedLoss(candidate);
    return [
      name,
      sizeBytes === undefined ? '–' : formatBytes(sizeBytes),
      loss === undefined ? '–' : describeInterval(loss),
      timing === undefined ? '–' : formatRatioInterval(timing.ratio, timing.interval),
      describeStanding(candidate, result),
    ];
  });
  const head = ['Tried', 'Size', 'Lost', nameOfSpeed(result.goal), 'Result'];
  return ['## Recipes tried', escapeMarkdown(describeSearch(result)), formatMarkdownTable(head, rows)];
}

/** The time in turns with the variants. It is a span if these times differ, since each variant's line has its own. */
function originalLatency(report: Report, ep: ExecutionProvider): string {
  const time = timesOn(report, ep).original;
  if (time !== undefined) return time.text;
  return findFailure(report, originalId, ep) ? 'did not run' : '–';
}

function latency(report: Report, variantId: string, ep: ExecutionProvider): string {
  const cell = findCell(report, variantId, ep);
  if (!cell) return findFailure(report, variantId, ep) ? 'did not run' : '–';
  const { own, original } = timesOn(report, ep).variants.get(variantId) ?? {};
  const times = own && (original ? `${own.text} (original ${original.text})` : own.text);
  const unusable = unusableWords(cell.outputMatch);
  const comparison = unusable === undefined ? findComparison(report, cell) : undefined;
  const caveat = comparison && matchGrade(cell.outputMatch) === 'strong' ? 'outputs differ strongly' : undefined;
  const words = [times, unusable, comparison && describeSpeed(comparison), caveat, describeBusy(cell)];
  return words.filter((part) => part !== undefined).join(', ');
}

function match(cells: readonly ReportCell[]): string {
  const wrong = cells.filter((cell) => matchGrade(cell.outputMatch) === 'wrong');
  if (wrong.length > 0) return `wrong on ${formatList(wrong.map((cell) => formatProvider(cell.ep)))}`;
  const furthest = furthestMatch(cells.map((cell) => cell.outputMatch));
  return furthest === undefined ? '–' : matchWords(furthest);
}

/** Returns no column without evaluations, and a dash for a variant that has none. */
function accuracy(report: Report, variantId: string): string[] {
  if (report.evaluations === undefined) return [];
  const evaluation = findEvaluation(report, variantId);
  const leading = evaluation && leadingEstimate(evaluation);
  if (!evaluation || !leading) return ['–'];
  const { metric, estimate } = leading;
  const figure = `${accuracyName(metric)} ${formatMetric(metric, estimate.value)} (${formatMetricInterval(metric, estimate.interval)})`;
  const known = evaluatedVerdict(report, variantId);
  const claim = known === undefined ? '' : `. ${known.verdict.sentence.replace(/\.$/, '')}`;
  const doubts = (evaluation.warnings ?? []).map((warning) => `. ${warning}`).join('');
  return [`${figure} on ${formatCounted(evaluation.samples, 'sample')}${claim}${doubts}`];
}

/** Models alone, over the values of a setting. */
function describeSweeps({ sweeps = [], variants }: Report): string[] {
  const parts = sweeps.flatMap((sweep) => {
    const { axis, variant, ep, notes = [] } = sweep;
    const points = pointsOfSweep(sweep);
    const { columns, rows } = tabulateSweep(axis, points);
    const name = variants.find(({ id }) => id === variant)?.name ?? 'original';
    return [
      `### ${escapeMarkdown(`${titleOfSweep(axis)}: ${name} on ${formatProvider(ep)}`)}`,
      formatMarkdownTable(columns, rows),
      ...[describeSweep(points), describeSweepConditions(sweep), ...notes]
        .filter((sentence) => sentence !== '')
        .map(escapeMarkdown),
    ];
  });
  return parts.length === 0 ? [] : ['## Settings tried', ...parts];
}

function describeRecipe({ name, passes, teacher, fromFile }: ReportVariant): string {
  const opened = fromFile === undefined ? [] : [`- Opened from ${escapeMarkdown(fromFile)}, without a recipe.`];
  const learned = teacher === undefined ? [] : [`- Teacher for training: ${escapeMarkdown(teacher)}.`];
  const lines = passes.flatMap((pass) => [
    `- \`${pass.id.replaceAll('`', '')}\`: ${pass.changeCount} changed, ${pass.refusalCount} unchanged`,
    ...(pass.sentence === undefined ? [] : [`  - ${escapeMarkdown(pass.sentence)}`]),
    ...pass.refusals.map(({ count, reason }) => `  - ${count} unchanged: ${escapeMarkdown(reason)}`),
  ]);
  const details = passes.flatMap((pass) => Object.values(pass.details ?? {}).map(describeDetail));
  return [[`## ${escapeMarkdown(name)}`, ...opened, ...learned, ...lines].join('\n'), ...details].join('\n\n');
}

/** The number of listed rows. The report itself has more. */
const listedRows = 10;

function describeDetail(detail: ShownDetail): string {
  const title = `### ${escapeMarkdown(detail.title)}`;
  if (detail.kind !== 'table') {
    return [
      title,
      summarizeInWords(detail)
        .map((line) => `- ${escapeMarkdown(line)}`)
        .join('\n'),
    ].join('\n\n');
  }
  const { columns, rows, total, leftOutRows = 0 } = detail;
  const cells = (row: readonly (string | number | null)[]): string[] =>
    columns.map(({ unit }, index) => formatDetailValue(row[index] ?? null, unit));
  const shown = [...rows.slice(0, listedRows), ...(total === undefined ? [] : [['total', ...total.slice(1)]])];
  const more = Math.max(0, rows.length - listedRows) + leftOutRows;
  const table = formatMarkdownTable(
    columns.map(({ label }) => label),
    shown.map(cells),
  );
  return [title, table, ...(more > 0 ? [`and ${formatCounted(more, 'more row')}`] : [])].join('\n\n');
}

function describeConditions(report: Report): string {
  const { device, software, createdAt } = report;
  const inputs = measuredInputs(report) ?? 'none';
  const lines = [
    `- Time: ${createdAt}`,
    ...(device
      ? [
          `- Device: ${device.browser}, ${device.os}, ${describeCores(device)}, ${formatCounted(device.threads, 'WASM thread')}`,
        ]
      : []),
    `- Runtime: ONNX Runtime Web ${software.onnxruntimeWeb}, Pareto ${software.pareto}`,
    `- Inputs: ${inputs}`,
    ...(report.evaluationData
      ? [`- Accuracy: ${escapeMarkdown(describeEvaluationData(report.evaluationData, standingEvaluation(report)))}`]
      : []),
    `- Model: SHA-256 ${report.model.sha256}`,
    '- Latency is the median. A speed-up is claimed only if its 95 % interval exceeds the measured noise floor.',
  ];
  return ['## How this was measured', ...lines.map((line) => line.replaceAll('\n', ' '))].join('\n');
}

/** `digits.npz, all 797 evaluated, SHA-256 …` */
function describeEvaluationData(
  data: NonNullable<Report['evaluationData']>,
  evaluation: ReportEvaluation | undefined,
): string {
  const fingerprint = data.fingerprint === '' ? '' : `, SHA-256 ${data.fingerprint}`;
  const task = data.mapping.task === undefined ? null : describeTask(data.mapping.task);
  const evaluated = task === null ? '' : `, evaluated as ${task}`;
  return `${data.name}, ${describeEvaluatedSamples(data, evaluation)}${evaluated}${fingerprint}`;
}
