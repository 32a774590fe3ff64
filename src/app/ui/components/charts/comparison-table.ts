/** The comparison chart as a table: every number that the bars show, and the raw ones for a file. */
import type { ExecutionProvider } from '../../../../engine/metrics/cell';
import type { Report } from '../../../../engine/report/report-schema';
import { timesOn } from '../../../../engine/report/paired-times';
import { originalId } from '../../../state/workspace/workspace-store';
import type { ChartTableCell, ChartTableData } from './chart-table';
import type { ComparisonModel } from './comparison-model';
import { findCell, findComparison, measuredProviders } from '../../../../engine/report/find-in-report';

export function comparisonTable(report: Report, model: ComparisonModel): ChartTableData {
  const shown = [
    { title: 'Variant', csvName: 'variant' },
    ...model.columns.map(({ longTitle }) => ({ title: longTitle })),
  ];
  const raw = rawColumns(report);
  return {
    columns: [...shown, ...raw.map(({ csvName }) => ({ title: csvName, csvName, fileOnly: true }))],
    rows: model.rows.map((row, index) => [
      { text: row.name },
      ...model.columns.map(({ marks }): ChartTableCell => ({ text: marks[index]?.exact ?? '' })),
      ...raw.map(({ valueOf }) => ({ text: '', value: valueOf(row.id) })),
    ]),
  };
}

interface RawColumn {
  readonly csvName: string;
  readonly valueOf: (variantId: string) => number | string | null;
}

function rawColumns(report: Report): readonly RawColumn[] {
  const variantOf = (id: string) => report.variants.find((variant) => variant.id === id);
  const first = report.variants[0];
  return [
    {
      csvName: 'size_bytes',
      valueOf: (id) => (id === originalId ? report.model.sizeBytes : (variantOf(id)?.sizeBytes.variant ?? null)),
    },
    {
      csvName: 'gzip_bytes',
      valueOf: (id) =>
        id === originalId ? (first?.gzipBytes?.original ?? null) : (variantOf(id)?.gzipBytes?.variant ?? null),
    },
    ...measuredProviders(report).flatMap((ep) => providerColumns(report, ep)),
  ];
}

function providerColumns(report: Report, ep: ExecutionProvider): readonly RawColumn[] {
  const prefix = ep.replace('-', '_');
  const cellOf = (id: string) => findCell(report, id, ep);
  const times = timesOn(report, ep);
  // A span is no time: each variant's line has its own.
  const ofOriginal = times.original?.isSpan === true ? undefined : times.original;
  const timeOf = (id: string) => (id === originalId ? ofOriginal : times.variants.get(id)?.own);
  const samplesOf = (id: string) => (id === originalId ? ofOriginal : times.variants.get(id))?.samples;
  const comparisonOf = (variant: string) => findComparison(report, { variant, ep });
  const column = (suffix: string, valueOf: RawColumn['valueOf']): RawColumn => ({
    csvName: `${prefix}_${suffix}`,
    valueOf,
  });
  return [
    column('median_ms', (id) => timeOf(id)?.medianMs ?? null),
    column('interval_low_ms', (id) => timeOf(id)?.intervalMs[0] ?? null),
    column('interval_high_ms', (id) => timeOf(id)?.intervalMs[1] ?? null),
    column('samples', (id) => samplesOf(id) ?? null),
    column('ratio', (id) => comparisonOf(id)?.ratio ?? null),
    column('original_median_ms', (id) => times.variants.get(id)?.original?.medianMs ?? null),
    column('verdict', (id) => comparisonOf(id)?.verdict ?? null),
    column('sqnr_db', (id) => cellOf(id)?.outputMatch.sqnrDb ?? null),
    column('output_valid', (id) => {
      const cell = cellOf(id);
      return cell === undefined ? null : String(cell.outputMatch.valid);
    }),
  ];
}
