/** The chart of latency against rate as data. Pure. */
import { formatDuration, formatPercent, formatRate } from '../../../../engine/format';
import type { RatePoint } from '../../../../engine/serving/rate-sweep';
import type { ChartTableData } from '../../components/charts/chart-table';

export interface RateCurve {
  /** The drawn points. Answers of the cache take no time, which has no place on a logarithmic axis. */
  readonly points: readonly RatePoint[];
  /** The points of the compared model; empty if there is none. */
  readonly besidePoints: readonly RatePoint[];
  readonly hasInstant: boolean;
  readonly domain: readonly [number, number];
  /** Ticks of the logarithmic axis of times: 1, 2 and 5 times powers of ten. */
  readonly ticksMs: readonly number[];
  readonly domainMs: readonly [number, number];
  /** The rate from which the queue grows; `null` if no shown rate does that. */
  readonly unstableFrom: number | null;
  /** The end of the curves, at which their labels stand. */
  readonly lastStable: RatePoint | null;
  readonly table: ChartTableData;
}

/** Another model under the same load. */
export interface BesideRates {
  readonly ownName: string;
  readonly name: string;
  readonly rates: readonly RatePoint[];
}

export function buildRateCurve(rates: readonly RatePoint[], beside: BesideRates | null = null): RateCurve {
  const stable = rates.filter(({ p50Ms, p95Ms }) => p50Ms !== null && p95Ms !== null);
  const points = rates.map(withoutInstants);
  const besidePoints = (beside?.rates ?? []).map(withoutInstants);
  const all = [...points, ...besidePoints];
  const times = all.flatMap(({ p50Ms, p95Ms }) => [p50Ms, p95Ms]).filter((ms) => ms !== null);
  const [low, high] = times.length === 0 ? [1, 10] : [Math.min(...times), Math.max(...times)];
  const domainMs = [low * 0.8, high * 1.4] as const;
  return {
    points,
    besidePoints,
    hasInstant: rates.some(({ p50Ms, p95Ms }) => p50Ms === 0 || p95Ms === 0),
    domain: [0, Math.max(...all.map(({ perSecond }) => perSecond), 1e-9)],
    domainMs,
    ticksMs: logTicks(domainMs),
    unstableFrom: rates.find(({ isUnstable }) => isUnstable)?.perSecond ?? null,
    lastStable: stable.at(-1) ?? null,
    table: beside === null ? tabulate(rates) : tabulateBoth(rates, beside),
  };
}

function withoutInstants(rate: RatePoint): RatePoint {
  const drawn = (ms: number | null): number | null => (ms === 0 ? null : ms);
  return { ...rate, p50Ms: drawn(rate.p50Ms), p95Ms: drawn(rate.p95Ms) };
}

function tabulateBoth(rates: readonly RatePoint[], { ownName, name, rates: others }: BesideRates): ChartTableData {
  const [own, other] = [tabulate(rates), tabulate(others)];
  const named = (model: string, { rows }: ChartTableData) => rows.map((row) => [{ text: model }, ...row]);
  return {
    columns: [{ title: 'Model', csvName: 'model' }, ...own.columns],
    rows: [...named(ownName, own), ...named(name, other)],
  };
}

const fewestTicks = 3;

/** Powers of ten if there are enough of them, otherwise 2 and 5 times them too. */
export function logTicks([low, high]: readonly [number, number]): readonly number[] {
  const powers = Array.from(
    { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, index) => 10 ** (Math.floor(Math.log10(low)) + index),
  );
  const inside = (values: readonly number[]) => values.filter((value) => value >= low && value <= high);
  const tens = inside(powers);
  if (tens.length >= fewestTicks) return tens;
  return inside(powers.flatMap((power) => [1, 2, 5].map((factor) => Number((factor * power).toPrecision(1)))));
}

function tabulate(rates: readonly RatePoint[]): ChartTableData {
  const time = (ms: number | null) => ({ text: ms === null ? '–' : formatDuration(ms), value: ms });
  return {
    columns: [
      { title: 'Requests per second', csvName: 'requests_per_second' },
      { title: 'Share of capacity', csvName: 'share_of_capacity' },
      { title: 'p50', csvName: 'p50_ms' },
      { title: 'p95', csvName: 'p95_ms' },
      { title: 'Queue', csvName: 'queue_growth_per_second' },
    ],
    rows: rates.map(({ perSecond, shareOfCapacity, p50Ms, p95Ms, isUnstable, growthPerSecond }) => [
      { text: formatRate(perSecond), value: perSecond },
      { text: formatPercent(shareOfCapacity, 0), value: shareOfCapacity },
      time(p50Ms),
      time(p95Ms),
      isUnstable
        ? { text: `grows by ${formatRate(growthPerSecond)} a second`, value: growthPerSecond }
        : { text: 'holds', value: 0 },
    ]),
  };
}
