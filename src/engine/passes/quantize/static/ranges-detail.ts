import type { HistogramDetail, PassDetails, TableDetail } from '../../pass-details';
import type { ValueName } from '../../../onnx/graph';
import type { ValueRange, ValueStatistics } from '../../../calibration/value-statistics';
import { roundingSqnrDb } from './rounding-sqnr';
import type { QdqPlan } from './qdq-plan';
import { activationOf } from './static-scheme';

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
