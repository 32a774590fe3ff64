/**
 * Shortens the details of a pass for a report: long tables are cut, long curves thinned, fine histograms made coarser.
 */
import type {
  CurveDetail,
  DetailAxis,
  DetailRow,
  HistogramDetail,
  PassDetails,
  ShownDetail,
  TableDetail,
} from '../passes/pass-details';
import { mostBars, mostColumns, mostDetails, mostMarks, mostPoints, mostRows, mostSeries } from './detail-schema';
import { cutName } from '../metrics/schema-parts';

export function summarizeDetails(details: PassDetails): Record<string, ShownDetail> {
  return Object.fromEntries(
    Object.entries(details)
      .slice(0, mostDetails)
      .map(([name, detail]) => [cutName(name), summarizeDetail(detail)]),
  );
}

function summarizeDetail(detail: ShownDetail): ShownDetail {
  switch (detail.kind) {
    case 'table':
      return summarizeTable(detail);
    case 'curve':
      return summarizeCurve(detail);
    case 'histogram':
      return summarizeHistogram(detail);
    default:
      // Another version may have saved a form that this one does not know.
      return { kind: 'unknown', title: cutName(detail.title ?? '') };
  }
}

function summarizeTable({ title, columns, rows, total, leftOutRows = 0 }: TableDetail): TableDetail {
  const leftOut = leftOutRows + Math.max(0, rows.length - mostRows);
  return {
    kind: 'table',
    title: cutName(title),
    columns: columns.slice(0, mostColumns).map(({ label, unit }) => ({ label: cutName(label), unit })),
    rows: rows.slice(0, mostRows).map(summarizeRow),
    ...(total && { total: summarizeRow(total) }),
    ...(leftOut > 0 && { leftOutRows: leftOut }),
  };
}

function summarizeRow(row: DetailRow): DetailRow {
  return row.slice(0, mostColumns).map((cell) => {
    if (typeof cell === 'string') return cutName(cell);
    return cell !== null && Number.isFinite(cell) ? cell : null;
  });
}

function summarizeCurve({ title, x, y, series }: CurveDetail): CurveDetail {
  return {
    kind: 'curve',
    title: cutName(title),
    x: summarizeAxis(x),
    y: summarizeAxis(y),
    series: series.slice(0, mostSeries).map(({ name, points }) => ({
      name: cutName(name),
      points: thinned(points.filter((point) => point.every(Number.isFinite))).map(([at, value]) => [at, value]),
    })),
  };
}

/** Keeps points at even distances, with the first and the last among them. */
function thinned<Point>(points: readonly Point[]): readonly Point[] {
  if (points.length <= mostPoints) return points;
  const step = (points.length - 1) / (mostPoints - 1);
  return Array.from({ length: mostPoints }, (_, index) => points[Math.round(index * step)] as Point);
}

/** Joins as many neighboring bars as it takes to leave at most `mostBars`. Counts add up, and the ends stay. */
function summarizeHistogram({ title, x, edges, counts, marks = [] }: HistogramDetail): HistogramDetail {
  const width = Math.max(1, Math.ceil(counts.length / mostBars));
  const starts = Array.from({ length: Math.ceil(counts.length / width) }, (_, index) => index * width);
  const kept = marks.slice(0, mostMarks).filter(({ at }) => Number.isFinite(at));
  return {
    kind: 'histogram',
    title: cutName(title),
    x: summarizeAxis(x),
    edges: [...starts, counts.length].map((index) => edges[index] ?? 0),
    counts: starts.map((start) => counts.slice(start, start + width).reduce((sum, count) => sum + count, 0)),
    ...(kept.length > 0 && { marks: kept.map(({ at, label }) => ({ at, label: cutName(label) })) }),
  };
}

function summarizeAxis({ label, unit, isLog }: DetailAxis): DetailAxis {
  return { label: cutName(label), unit, ...(isLog !== undefined && { isLog }) };
}
