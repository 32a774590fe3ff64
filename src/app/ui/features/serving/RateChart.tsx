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
import { formatDuration, formatRate } from '../../../../engine/format';
import type { RatePoint } from '../../../../engine/serving/rate-sweep';
import { bottomAxis, sideAxis, tick } from '../../components/charts/axes';
import { ChartFrame } from '../../components/charts/ChartFrame';
import { formatTick } from '../../components/charts/distribution-series';
import { ticksWithin } from '../../components/charts/round-ticks';
import chart from '../../components/charts/chart.module.css';
import { buildRateCurve, type BesideRates, type RateCurve } from './rate-curve';

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
