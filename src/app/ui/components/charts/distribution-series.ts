/** The spread of the samples of one provider: original and variant as cumulative curves. Pure. */
import type { ExecutionProvider } from '../../../../engine/metrics/cell';
import { formatDuration, formatProvider } from '../../../../engine/format';
import type { Report } from '../../../../engine/report/report-schema';
import { originalId } from '../../../state/workspace/workspace-store';
import type { ChartTableData } from './chart-table';
import { ticksWithin } from './round-ticks';
import { findCell, findComparison } from '../../../../engine/report/find-in-report';
import { timesOn } from '../../../../engine/report/paired-times';

export interface DistributionSeries {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  /** `share` of the samples took at most `ms`; ascending in both. */
  readonly points: readonly { readonly ms: number; readonly share: number }[];
  readonly medianMs: number;
  readonly p95Ms: number;
  /**
   * Labels of the faster curve are on its left if there is room, and those of the slower one on its right. They then do
   * not overlap.
   */
  readonly labelSide: 'left' | 'right';
  /** Lines below the dot at which the label stands: another label is beside the dot. */
  readonly labelLine: number;
}

export interface Distribution {
  readonly title: string;
  readonly subtitle: string;
  readonly series: readonly DistributionSeries[];
  /** Ends of the axis. It does not start at zero: a curve is read by its place, not by its length. */
  readonly domainMs: readonly [number, number];
  readonly ticksMs: readonly number[];
  readonly table: ChartTableData;
}

interface DistributionRow {
  readonly id: string;
  readonly name: string;
  readonly color: string;
}

interface RowTimes {
  readonly row: DistributionRow;
  readonly quantilesMs: readonly number[];
  readonly medianMs: number;
  readonly minMs: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly samples: number;
}

/**
 * Times of the original beside a variant come from the turns that they took. There are none if the report lacks them.
 */
function timesOf(report: Report, ep: ExecutionProvider, row: DistributionRow, partner: string | undefined): RowTimes[] {
  const cell = findCell(report, row.id, ep);
  const turns = partner === undefined ? undefined : findComparison(report, { variant: partner, ep });
  if (row.id === originalId && turns?.original !== undefined) {
    const { medianMs, spread } = turns.original;
    return spread === undefined ? [] : [{ row, medianMs, ...spread, samples: turns.pairs }];
  }
  if (cell === undefined || cell.quantilesMs.length < 2) return [];
  const { medianMs, minMs, p95Ms, p99Ms, runs } = cell.steady;
  return [{ row, quantilesMs: cell.quantilesMs, medianMs, minMs, p95Ms, p99Ms, samples: runs }];
}

/** `null` when no row has samples on this provider. */
export function buildDistribution(
  report: Report,
  ep: ExecutionProvider,
  rows: readonly DistributionRow[],
): Distribution | null {
  const partner = rows.find(({ id }) => id !== originalId)?.id;
  const times = timesOn(report, ep);
  const own = partner === undefined ? undefined : times.variants.get(partner);
  // Two curves that contradict the ratio would say that it is wrong.
  if (own !== undefined && own.own === undefined) return null;
  const found = rows.flatMap((row) => timesOf(report, ep, row, partner));
  if (found.length === 0) return null;
  const shownMedian = ({ row }: RowTimes): string | undefined =>
    (row.id !== originalId ? times.variants.get(row.id)?.own : partner === undefined ? undefined : own?.original)?.text;
  const fastest = Math.min(...found.map(({ medianMs }) => medianMs));
  const { domainMs, hasRoomAtLeft } = domainOf(found);
  const sideOf = ({ medianMs }: RowTimes): DistributionSeries['labelSide'] =>
    hasRoomAtLeft && medianMs === fastest ? 'left' : 'right';
  const meets = (one: RowTimes, other: RowTimes): boolean => {
    const gap = Math.abs(one.medianMs - other.medianMs) / (domainMs[1] - domainMs[0]);
    return sideOf(one) === sideOf(other) && gap < Math.max(labelShare(one.row.name), labelShare(other.row.name));
  };
  const series = found.map((one, place) => ({
    ...one.row,
    points: one.quantilesMs.map((ms, index) => ({ ms, share: index / (one.quantilesMs.length - 1) })),
    medianMs: one.medianMs,
    p95Ms: one.p95Ms,
    labelSide: sideOf(one),
    labelLine: found.slice(0, place).filter((earlier) => meets(one, earlier)).length,
  }));
  const runs = found.map(({ row, samples }) => `${row.name} ${samples}`).join(', ');
  return {
    title: `Distribution of run times on ${formatProvider(ep)}`,
    subtitle: `Samples: ${runs}. Dots: median and p95.`,
    series,
    domainMs,
    ticksMs: ticksWithin(domainMs, 4).filter((ms) => ms >= 0),
    table: distributionTable(found, shownMedian),
  };
}

/** A tick needs no more digits than it has: `10 ms`, not `10.0 ms`. */
export function formatTick(ms: number): string {
  const [value, unit] = ms !== 0 && Math.abs(ms) < 1 ? [ms * 1000, 'µs'] : [ms, 'ms'];
  return `${Number(value.toPrecision(6))}\u00a0${unit}`;
}

/** Share of the plot's width that a label takes: about 7 of some 340 pixels for each character, and the gap to its dot. */
function labelShare(name: string): number {
  return (shortenedName(name).length * 7 + 20) / 340;
}

export function shortenedName(name: string): string {
  return name.length <= 16 ? name : `${name.slice(0, 15).trimEnd()}…`;
}

/**
 * The domain ends at the slower p99, because one slow run would otherwise squeeze the curves into a corner (the table
 * has the slowest sample). It leaves room at the left for the name of the faster curve, unless that would reach below
 * zero, because no time does.
 */
function domainOf(found: readonly RowTimes[]): {
  readonly domainMs: readonly [number, number];
  readonly hasRoomAtLeft: boolean;
} {
  const fastest = found.reduce((best, one) => (one.medianMs < best.medianMs ? one : best));
  const lowest = Math.min(...found.map(({ quantilesMs, minMs }) => quantilesMs[0] ?? minMs));
  const highest = Math.max(...found.map(({ p95Ms, p99Ms }) => Math.max(p95Ms, Math.min(p99Ms, p95Ms * 1.5))));
  const margin = Math.max((highest - lowest) * 0.06, highest * 0.01);
  const high = highest + margin;
  const share = found.length > 1 ? labelShare(fastest.row.name) : 0;
  const lowForLabel = (fastest.medianMs - share * high) / (1 - share);
  const low = Math.max(0, Math.min(lowest - margin, lowForLabel));
  return { domainMs: [low, high], hasRoomAtLeft: found.length > 1 && lowForLabel >= 0 };
}

function distributionTable(
  found: readonly RowTimes[],
  shownMedian: (times: RowTimes) => string | undefined,
): ChartTableData {
  const time = (ms: number) => ({ text: formatDuration(ms), value: ms });
  return {
    columns: [
      { title: 'Variant', csvName: 'variant' },
      { title: 'Fastest', csvName: 'minimum_ms' },
      { title: 'Median', csvName: 'median_ms' },
      { title: 'p95', csvName: 'p95_ms' },
      { title: 'p99', csvName: 'p99_ms' },
      { title: 'Slowest', csvName: 'maximum_ms' },
      { title: 'Samples', csvName: 'samples' },
    ],
    rows: found.map((times) => [
      { text: times.row.id === originalId ? 'original' : times.row.name },
      time(times.minMs),
      { ...time(times.medianMs), text: shownMedian(times) ?? formatDuration(times.medianMs) },
      time(times.p95Ms),
      time(times.p99Ms),
      time(times.quantilesMs.at(-1) ?? times.p99Ms),
      { text: String(times.samples), value: times.samples },
    ]),
  };
}
