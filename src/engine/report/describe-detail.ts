/**
 * Details of passes as sentences and text tables: for the shell, for Markdown, and for people who cannot see a chart.
 */
import type {
  CurveDetail,
  DetailAxis,
  DetailRow,
  DetailUnit,
  HistogramDetail,
  ShownDetail,
} from '../passes/pass-details';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDecibels,
  formatDuration,
  formatNodePath,
  formatNumber,
  formatPercent,
} from '../format';

/** One value in the unit of its column or axis. */
export function formatDetailValue(value: string | number | null, unit: DetailUnit): string {
  if (value === null) return '–';
  if (typeof value === 'string') return unit === 'path' ? formatNodePath(value) : value;
  switch (unit) {
    case 'count':
      return formatCount(value);
    case 'share':
      return formatPercent(value);
    case 'bytes':
      return formatBytes(value);
    case 'decibels':
      return formatDecibels(value);
    case 'points':
      return `${value > 0 ? '+' : ''}${formatNumber(value * 100, 3)}\u00a0points`;
    case 'ms':
      return formatDuration(value);
    default:
      return formatNumber(value);
  }
}

export function isNumericUnit(unit: DetailUnit): boolean {
  return unit !== 'text' && unit !== 'path';
}

/** A detail as rows of numbers with their units. */
export interface DetailTable {
  readonly columns: readonly { readonly label: string; readonly unit: DetailUnit }[];
  readonly rows: readonly DetailRow[];
  readonly total?: DetailRow;
  readonly leftOutRows: number;
}

/** `null` for a detail of a form that this Pareto does not know. */
export function tabulateDetail(detail: ShownDetail): DetailTable | null {
  switch (detail.kind) {
    case 'table':
      return { leftOutRows: 0, ...detail };
    case 'curve':
      return tabulateCurve(detail);
    case 'histogram':
      return tabulateHistogram(detail);
    default:
      return null;
  }
}

/** A row for each place where a series has a point. */
function tabulateCurve({ x, y, series }: CurveDetail): DetailTable {
  const places = [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const values = series.map(({ points }) => new Map(points.map(([at, value]) => [at, value])));
  return {
    columns: [x, ...series.map(({ name }) => ({ label: name, unit: y.unit }))],
    rows: places.map((at) => [at, ...values.map((byPlace) => byPlace.get(at) ?? null)]),
    leftOutRows: 0,
  };
}

function tabulateHistogram({ x, edges, counts }: HistogramDetail): DetailTable {
  return {
    columns: [
      { label: `${x.label}, from`, unit: x.unit },
      { label: 'to', unit: x.unit },
      { label: 'Values', unit: 'count' },
    ],
    rows: counts.map((count, index) => [edges[index] ?? null, edges[index + 1] ?? null, count]),
    leftOutRows: 0,
  };
}

/** Summarizes a detail, with a line for each of its parts. */
export function summarizeInWords(detail: ShownDetail): readonly string[] {
  switch (detail.kind) {
    case 'table':
      return [formatCounted(detail.rows.length + (detail.leftOutRows ?? 0), 'row')];
    case 'curve':
      return detail.series.flatMap((series) => describeSeries(series, detail));
    case 'histogram':
      return describeHistogram(detail);
    default:
      return [unknownForm];
  }
}

const unknownForm = 'This Pareto cannot show these details. Open the report with a newer Pareto.';

function describeSeries({ name, points }: CurveDetail['series'][number], { x, y }: CurveDetail): string[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return [];
  const lowest = points.reduce((best, point) => (point[1] < best[1] ? point : best), first);
  const at = (point: readonly [number, number]): string =>
    `${formatDetailValue(point[1], y.unit)} at ${placeOn(x, point[0])}`;
  return [`${name}: from ${at(first)} to ${at(last)}, lowest ${at(lowest)}`];
}

function describeHistogram({ x, edges, counts, marks = [] }: HistogramDetail): string[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  // The number of bars left in the same range shows the effect of rounding on values.
  const filled = counts.filter((count) => count > 0).length;
  const bars = filled < counts.length ? `, in ${filled} of ${counts.length} bars` : '';
  const range = `${formatCounted(total, 'value')} from ${placeOn(x, edges[0] ?? 0)} to ${placeOn(x, edges.at(-1) ?? 0)}${bars}`;
  return [range, ...marks.map(({ at, label }) => `${label}: ${placeOn(x, at)}`)];
}

function placeOn({ unit }: DetailAxis, at: number): string {
  return formatDetailValue(at, unit);
}
