/** Cumulative curves of original and variant. Loaded when a cell is opened, because the chart library comes with it. */
import { Line, LineChart, ReferenceDot, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { formatDuration } from '../../../../engine/format';
import { ChartFrame } from './ChartFrame';
import classes from './chart.module.css';
import { formatTick, shortenedName, type Distribution, type DistributionSeries } from './distribution-series';
import { bottomAxis, sideAxis } from './axes';

interface DistributionChartProps {
  readonly distribution: Distribution;
  readonly fileName: string;
}

const shares = [0, 0.5, 0.95];

export default function DistributionChart({ distribution, fileName }: DistributionChartProps) {
  const { title, subtitle, series, domainMs, ticksMs, table } = distribution;
  return (
    <ChartFrame title={title} subtitle={subtitle} table={table} fileName={fileName} heading={false}>
      <div className={classes.drawn} role="img" aria-label={`${title}. ${spoken(series)}`}>
        <ResponsiveContainer width="100%" height={190}>
          <LineChart margin={{ top: 8, right: 12, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <XAxis
              dataKey="ms"
              type="number"
              domain={[domainMs[0], domainMs[1]]}
              allowDataOverflow
              ticks={[...ticksMs]}
              tickFormatter={formatTick}
              {...bottomAxis}
            />
            <YAxis
              dataKey="share"
              type="number"
              domain={[0, 1]}
              ticks={shares}
              tickFormatter={(share: number) => `${Math.round(share * 100)}\u00a0%`}
              {...sideAxis}
              width={44}
            />
            {shares.slice(1).map((share) => (
              <ReferenceLine key={share} y={share} stroke="var(--grid-line)" />
            ))}
            {series.map(({ id, points, color }) => (
              <Line
                key={id}
                data={[...points]}
                dataKey="share"
                stroke={color}
                strokeWidth={2}
                dot={false}
                activeDot={false}
                isAnimationActive={false}
              />
            ))}
            {series.flatMap(markedPoints)}
          </LineChart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}

/** Median and p95 of a curve, labeled where they are. */
function markedPoints({ id, name, color, medianMs, p95Ms, labelSide, labelLine }: DistributionSeries) {
  const label = (value: string) => ({
    value,
    position: labelSide,
    fill: color,
    fontSize: 12,
    fontWeight: 600,
    offset: 8,
    dy: 16 * labelLine,
  });
  return [
    <ReferenceDot
      key={`${id} median`}
      x={medianMs}
      y={0.5}
      r={4}
      fill={color}
      stroke="var(--surface)"
      label={label(shortenedName(name))}
      ifOverflow="hidden"
    />,
    <ReferenceDot
      key={`${id} p95`}
      x={p95Ms}
      y={0.95}
      r={4}
      fill={color}
      stroke="var(--surface)"
      ifOverflow="hidden"
    />,
  ];
}

function spoken(series: readonly DistributionSeries[]): string {
  return series
    .map(({ name, medianMs, p95Ms }) => `${name}: median ${formatDuration(medianMs)}, p95 ${formatDuration(p95Ms)}`)
    .join('; ');
}
