/** Comma-separated values (RFC 4180) of tables and of whole reports. */
import { originalId } from '../metrics/cell';
import { findEvaluation } from './find-in-report';
import { leadingEstimate } from '../metrics/describe-accuracy';
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
  'output_valid',
  'sqnr_db',
  'max_abs_error',
  'failure',
] as const;

/** Of the variant's evaluation, the same on each of its lines. Shares are fractions. */
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
    [originalId, 'original', first?.sizeBytes.reencoded ?? report.model.sizeBytes, first?.gzipBytes?.original ?? null],
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
      const { steady, outputMatch } = cell;
      const comparison = report.comparisons.find((one) => one.variant === id && one.ep === cell.ep);
      return [
        ...[cell.ep, cell.threads, cell.loadMs, cell.firstRunMs, steady.medianMs, ...steady.intervalMs],
        ...[steady.p95Ms, steady.p99Ms, steady.runs],
        ...(comparison ? ratioFields(comparison) : [null, null, null, null, null]),
        ...[String(outputMatch.valid), outputMatch.sqnrDb, outputMatch.maxAbs, null],
      ];
    });
  const failures = report.failures
    .filter((failure) => failure.variant === id)
    .map((failure) => [failure.ep, ...Array.from({ length: 17 }, () => null), failure.message]);
  return [...cells, ...failures];
}

/** With the time of the original that the ratio stands on. */
function ratioFields({ ratio, interval, verdict, original }: Report['comparisons'][number]): CsvValue[] {
  return [ratio, ...interval, verdict, original?.medianMs ?? null];
}
