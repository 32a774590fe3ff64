/** Comma-separated values (RFC 4180) of tables and of whole reports. */
import { originalId } from '../metrics/cell';
import { findEvaluation } from './find-in-report';
import { leadingEstimate } from '../metrics/describe-accuracy';
import type { MeasuredTime } from '../metrics/shown-time';
import { timesOn, type TimesOnProvider } from './paired-times';
import type { Report } from './report-schema';

export type CsvValue = number | string | null;

/**
 * A field. Names come from files, and a spreadsheet runs what starts like a formula: such text is marked as text with an
 * apostrophe.
 */
function csvField(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function formatCsv(rows: readonly (readonly CsvValue[])[]): string {
  return rows.map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

const columns = [
  'variant',
  'size_bytes',
  'gzip_bytes',
  'ep',
  'threads',
  'load_ms',
  'first_run_ms',
  'median_ms',
  'interval_low_ms',
  'interval_high_ms',
  'p95_ms',
  'p99_ms',
  'samples',
  'ratio',
  'ratio_low',
  'ratio_high',
  'verdict',
  'original_median_ms',
  'original_interval_low_ms',
  'original_interval_high_ms',
  'output_valid',
  'sqnr_db',
  'max_abs_error',
  'failure',
] as const;

/** Columns of the variant's evaluation, the same on each of its lines. Shares are fractions. */
const accuracyColumns = [
  'accuracy_metric',
  'accuracy',
  'accuracy_low',
  'accuracy_high',
  'accuracy_samples',
  'accuracy_ep',
  'accuracy_difference',
  'accuracy_difference_low',
  'accuracy_difference_high',
] as const;

/** One line per cell, measured or failed; a variant that was not measured has one line with its size. */
export function reportToCsv(report: Report): string {
  const first = report.variants[0];
  const sizes: readonly (readonly [id: string, name: string, sizeBytes: number, gzipBytes: number | null])[] = [
    [originalId, 'original', report.model.sizeBytes, first?.gzipBytes?.original ?? null],
    ...report.variants.map(
      ({ id, name, sizeBytes, gzipBytes }) => [id, name, sizeBytes.variant, gzipBytes?.variant ?? null] as const,
    ),
  ];
  const lines = sizes.flatMap(([id, ...size]) => {
    const accuracy = accuracyOfVariant(report, id);
    const measured = linesOfVariant(report, id).map((line) => [...size, ...line, ...accuracy]);
    return measured.length > 0 ? measured : [[...size, ...columns.slice(size.length).map(() => null), ...accuracy]];
  });
  return formatCsv([[...columns, ...accuracyColumns], ...lines]);
}

function accuracyOfVariant(report: Report, id: string): CsvValue[] {
  const evaluation = findEvaluation(report, id);
  const leading = evaluation && leadingEstimate(evaluation);
  if (!evaluation || !leading) return accuracyColumns.map(() => null);
  const { metric, estimate } = leading;
  const { difference } = evaluation;
  return [
    ...[metric, estimate.value, ...estimate.interval, evaluation.samples, evaluation.ep],
    ...(difference ? [difference.value, ...difference.interval] : [null, null, null]),
  ];
}

function linesOfVariant(report: Report, id: string): CsvValue[][] {
  const cells = report.cells
    .filter((cell) => cell.variant === id)
    .map((cell) => {
      const { outputMatch } = cell;
      const times = timesOn(report, cell.ep);
      const time = timeOfLine(times, id);
      const comparison = report.comparisons.find((one) => one.variant === id && one.ep === cell.ep);
      return [
        ...[cell.ep, cell.threads, cell.loadMs, cell.firstRunMs, ...fieldsOf(time)],
        ...distributionFields(report, cell, time),
        ...(comparison ? ratioFields(comparison) : [null, null, null, null]),
        ...fieldsOf(times.variants.get(id)?.original),
        ...[String(outputMatch.valid), outputMatch.sqnrDb, outputMatch.maxAbs, null],
      ];
    });
  const failures = report.failures
    .filter((failure) => failure.variant === id)
    .map((failure) => [failure.ep, ...Array.from({ length: 19 }, () => null), failure.message]);
  return [...cells, ...failures];
}

function ratioFields({ ratio, interval, verdict }: Report['comparisons'][number]): CsvValue[] {
  return [ratio, ...interval, verdict];
}

/**
 * The original has no time on its line if it took another time beside each variant: the lines of the variants have
 * those times.
 */
function timeOfLine({ original, variants }: TimesOnProvider, id: string): MeasuredTime | undefined {
  if (id !== 'original') return variants.get(id)?.own;
  return original?.isSpan === true ? undefined : original;
}

/** The distribution of the runs behind the median: the original's own, or those in turns with its only variant. */
function distributionFields(
  { comparisons }: Report,
  { ep, steady }: Report['cells'][number],
  time: MeasuredTime | undefined,
): CsvValue[] {
  if (time === undefined) return [null, null, null];
  if (time.medianMs === steady.medianMs) return [steady.p95Ms, steady.p99Ms, steady.runs];
  const turns = comparisons.find((one) => one.ep === ep && one.original?.medianMs === time.medianMs);
  const spread = turns?.original?.spread;
  return [spread?.p95Ms ?? null, spread?.p99Ms ?? null, turns?.pairs ?? null];
}

function fieldsOf(time: MeasuredTime | undefined): CsvValue[] {
  return time === undefined ? [null, null, null] : [time.medianMs, ...time.intervalMs];
}
