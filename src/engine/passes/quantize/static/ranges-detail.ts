import type { HistogramDetail, PassDetails, TableDetail } from '../../pass-details';
import type { ValueName } from '../../../onnx/graph';
import type { ValueRange, ValueStatistics } from '../../../calibration/value-statistics';
import type { QdqPlan } from './qdq-plan';
import { activationOf } from './static-scheme';
import { roundHalfEven } from '../../../round-half-even';
import { type AffineOptions, affineParameters, representableRange } from '../affine';
import { float32Format } from '../float-format';

const binCount = 4096;

/** Signal against the error of rounding and cutting off, in decibels; `null` if there is neither. */
function roundingSqnrDb(seen: ValueStatistics, range: ValueRange, options: AffineOptions): number | null {
  const bins = binsOf(seen);
  let signal = 0;
  for (let at = 0; at < bins.middles.length; at += 1) signal += bins.counts[at]! * bins.middles[at]! ** 2;
  const error = squaredError(bins, range, options);
  return signal > 0 && error > 0 ? 10 * Math.log10(signal / error) : null;
}

interface Bins {
  readonly middles: Float64Array;
  readonly counts: Float64Array;
}

/** Bins that are not empty, of equal width over the range that was seen. */
function binsOf({ minimum, maximum, histogram }: ValueStatistics): Bins {
  const width = (maximum - minimum) / binCount;
  const edge = (at: number): number => minimum + width * at;
  const counts = histogram.between(Float64Array.from({ length: binCount + 1 }, (_, at) => edge(at)));
  const used = Array.from(counts.keys()).filter((at) => counts[at]! > 0);
  return {
    middles: Float64Array.from(used, (at) => edge(at + 0.5)),
    counts: Float64Array.from(used, (at) => counts[at]!),
  };
}

/** The squared error of rounding and cutting off. */
function squaredError(bins: Bins, { minimum, maximum }: ValueRange, options: AffineOptions): number {
  const { middles, counts } = bins;
  const { scale, zeroPoint } = affineParameters(minimum, maximum, options, float32Format);
  const { lowest, highest } = representableRange(options.type);
  let error = 0;
  for (let at = 0; at < middles.length; at += 1) {
    const value = middles[at]!;
    const code = Math.min(highest, Math.max(lowest, roundHalfEven(value / scale) + zeroPoint));
    error += counts[at]! * (value - (code - zeroPoint) * scale) ** 2;
  }
  return error;
}

interface Row {
  readonly name: ValueName;
  readonly seen: ValueStatistics;
  readonly range: ValueRange;
  readonly sqnrDb: number | null;
}

/** Histograms of so many values are shown: of those that lose most. */
const mostHistograms = 4;
const bars = 96;

/**
 * The range of each activation that became integers, its step, and the cost of rounding it alone. No table if there are
 * none.
 */
export function rangesDetails(
  plan: QdqPlan,
  ranges: ReadonlyMap<ValueName, ValueRange>,
  statistics: ReadonlyMap<ValueName, ValueStatistics>,
): PassDetails {
  const rows = [...plan.marks].flatMap(([name, mark]): Row[] => {
    const range = ranges.get(name);
    const seen = statistics.get(name);
    if (mark.kind !== 'activation' || !range || !seen || !plan.parameters.has(name)) return [];
    return [
      { name, range, seen, sqnrDb: roundingSqnrDb(seen, range, activationOf(name, plan.scheme.activation, plan.wide)) },
    ];
  });
  if (rows.length === 0) return {};
  const worst = rows.filter(({ sqnrDb }) => sqnrDb !== null).toSorted((a, b) => a.sqnrDb! - b.sqnrDb!);
  const histograms = worst.slice(0, mostHistograms).map((row, at) => [`range-${at + 1}`, histogramOf(row)] as const);
  return { ranges: tableOf(rows, plan), ...Object.fromEntries(histograms) };
}

/** The loss of the float32 values if they were integers, the largest first. Without such values there is no table. */
export function floatsDetails(floats: ReadonlyMap<ValueName, number | null>): PassDetails {
  const rows = [...floats].toSorted(([, a], [, b]) => (a ?? Infinity) - (b ?? Infinity));
  if (rows.length === 0) return {};
  const columns = [
    { label: 'Value', unit: 'text' },
    { label: 'Output SQNR with only this value in integers', unit: 'decibels' },
  ] as const;
  return { floats: { kind: 'table', title: 'Values in float32', columns, rows } };
}

function tableOf(rows: readonly Row[], { parameters }: QdqPlan): TableDetail {
  return {
    kind: 'table',
    title: 'Ranges of activations',
    columns: [
      { label: 'Value', unit: 'text' },
      { label: 'Smallest', unit: 'number' },
      { label: 'Largest', unit: 'number' },
      { label: 'Step', unit: 'number' },
      { label: 'Zero at', unit: 'count' },
      { label: 'Rounding SQNR', unit: 'decibels' },
    ],
    rows: rows.map(({ name, range, sqnrDb }) => {
      const { scales, zeroPoints } = parameters.get(name)!;
      return [name, range.minimum, range.maximum, scales[0]!, zeroPoints[0]!, sqnrDb];
    }),
  };
}

/** The histogram of the values, with the ends of the chosen range. */
function histogramOf({ name, seen, range }: Row): HistogramDetail {
  const { minimum, maximum, histogram } = seen;
  const edges = Array.from({ length: bars + 1 }, (_, at) => minimum + ((maximum - minimum) * at) / bars);
  return {
    kind: 'histogram',
    title: `Values of ${name}`,
    x: { label: 'Value', unit: 'number' },
    edges,
    counts: [...histogram.between(edges)],
    marks: [
      { at: range.minimum, label: 'smallest integer' },
      { at: range.maximum, label: 'largest integer' },
    ],
  };
}
