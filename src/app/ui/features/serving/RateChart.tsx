/** Latency against the rate of requests. Loaded when there is a simulation, because the chart library comes with it. */
import {
  Line,
  LineChart,
  ReferenceArea,
  ReferenceDot,
  ReferenceLine,
  ResponsiveContainer,
  XAxis,
  YAxis,
} from 'recharts';
import { formatDuration, formatPercent, formatRate } from '../../../../engine/format';
import type { RatePoint } from '../../../../engine/serving/rate-sweep';
import { bottomAxis, sideAxis, tick } from '../../components/charts/axes';
import { ChartFrame } from '../../components/charts/ChartFrame';
import { formatTick } from '../../components/charts/distribution-series';
import { ticksWithin } from '../../components/charts/round-ticks';
import chart from '../../components/charts/chart.module.css';
import type { ChartTableData } from '../../components/charts/chart-table';

/** The chart of latency against rate as data. Pure. */
interface RateCurve {
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
interface BesideRates {
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

interface RateChartProps {
  readonly rates: readonly RatePoint[];
  /** The set rate, if it is a single one. */
  readonly markedRate: number | null;
  readonly color: string;
  /** The provider's name. */
  readonly where: string;
  readonly beside: (BesideRates & { readonly color: string }) | null;
}

const title = 'Latency by request rate';

export default function RateChart({ rates, markedRate, color, where, beside }: RateChartProps) {
  const curve = buildRateCurve(rates, beside);
  const { domain, domainMs, ticksMs, table } = curve;
  return (
    <ChartFrame
      title={title}
      subtitle={`${where} batch times, 5,000 requests per rate. Logarithmic time axis${curve.hasInstant ? '; instant cache answers not shown' : ''}.`}
      table={table}
      fileName="serving-rates"
    >
      <div className={chart.drawn} role="img" aria-label={`${title}. ${spoken(curve)}`}>
        <ResponsiveContainer width="100%" height={260}>
          <LineChart
            data={[...curve.points]}
            margin={{ top: 20, right: 24, bottom: 0, left: 0 }}
            accessibilityLayer={false}
          >
            <XAxis
              dataKey="perSecond"
              type="number"
              domain={[...domain]}
              ticks={[...ticksWithin(domain, 4)]}
              tickFormatter={formatRate}
              {...bottomAxis}
            />
            <YAxis
              type="number"
              scale="log"
              domain={[...domainMs]}
              ticks={[...ticksMs]}
              allowDataOverflow
              tickFormatter={formatTick}
              {...sideAxis}
              width={56}
            />
            {marks(curve, markedRate)}
            {curves(color)}
            {beside === null ? null : curveBeside(curve, beside)}
            {endLabels(curve, color)}
          </LineChart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}

/**
 * Lines of the grid, the region in which the queue grows, and the set rate. Functions, not components: the library
 * looks for its own.
 */
function marks({ ticksMs, unstableFrom, domain }: RateCurve, markedRate: number | null) {
  return [
    ...ticksMs.map((ms) => <ReferenceLine key={ms} y={ms} stroke="var(--grid-line)" />),
    unstableFrom === null ? null : (
      <ReferenceArea
        key="unstable"
        x1={unstableFrom}
        x2={domain[1]}
        fill="var(--surface-hover)"
        fillOpacity={1}
        label={{ value: 'queue grows', position: 'insideBottom', ...tick }}
      />
    ),
    markedRate === null || markedRate > domain[1] ? null : (
      <ReferenceLine
        key="set"
        x={markedRate}
        stroke="var(--text-muted)"
        strokeDasharray="4 3"
        label={{ value: 'set rate', position: 'top', ...tick }}
      />
    ),
  ];
}

function curves(color: string) {
  const common = { stroke: color, strokeWidth: 2, activeDot: false, isAnimationActive: false };
  return [
    <Line key="p50" dataKey="p50Ms" {...common} strokeDasharray="5 4" dot={false} />,
    <Line key="p95" dataKey="p95Ms" {...common} dot={{ r: 3, fill: color, strokeWidth: 0 }} />,
  ];
}

function curveBeside({ besidePoints }: RateCurve, { name, color }: { readonly name: string; readonly color: string }) {
  const last = besidePoints.findLast(({ p95Ms }) => p95Ms !== null);
  return [
    <Line
      key="beside"
      data={[...besidePoints]}
      dataKey="p95Ms"
      stroke={color}
      strokeWidth={2}
      activeDot={false}
      isAnimationActive={false}
      dot={{ r: 3, fill: color, strokeWidth: 0 }}
    />,
    last === undefined ? null : (
      <ReferenceDot
        key="beside-name"
        x={last.perSecond}
        y={last.p95Ms!}
        r={0}
        label={{ value: `p95 ${name}`, position: 'left', fill: color, fontSize: 12, fontWeight: 600, offset: 8 }}
        ifOverflow="visible"
      />
    ),
  ];
}

/** The curves are named where they end. */
function endLabels({ lastStable }: RateCurve, color: string) {
  if (lastStable === null) return null;
  const { perSecond, p50Ms, p95Ms } = lastStable;
  return [
    { name: 'p95', ms: p95Ms, position: 'top' as const },
    { name: 'p50', ms: p50Ms, position: 'bottom' as const },
  ].flatMap(({ name, ms, position }) =>
    // Instant answers of the cache are not drawn.
    ms === null || ms === 0
      ? []
      : [
          <ReferenceDot
            key={name}
            x={perSecond}
            y={ms}
            r={0}
            label={{ value: name, position, fill: color, fontSize: 12, fontWeight: 600, offset: 8 }}
            ifOverflow="visible"
          />,
        ],
  );
}

function spoken({ unstableFrom, lastStable }: RateCurve): string {
  const stable =
    lastStable === null
      ? 'The queue grows at every rate'
      : `At ${formatRate(lastStable.perSecond)} per second p50 is ${formatDuration(lastStable.p50Ms!)} and p95 ${formatDuration(lastStable.p95Ms!)}`;
  return unstableFrom === null ? `${stable}.` : `${stable}; from ${formatRate(unstableFrom)} on the queue grows.`;
}
