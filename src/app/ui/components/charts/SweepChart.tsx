/** Throughput or time over the values of a setting. Loaded when something was swept. */
import { Paper } from '@mantine/core';
import { ErrorBar, Line, LineChart, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { formatDuration, formatProvider, formatRate } from '../../../../engine/format';
import {
  axisRecord,
  describeSweep,
  formatSweptValue,
  headingOfAxis,
  kneeOf,
  titleOfSweep,
  type MeasuredSweep,
  type SweepPoint,
} from '../../../../engine/profiling/sweep';
import { bottomAxis, sideAxis, tick } from './axes';
import type { ChartTableData } from './chart-table';
import { ChartFrame } from './ChartFrame';
import chart from './chart.module.css';

interface SweepChartProps {
  readonly sweep: Pick<MeasuredSweep, 'axis' | 'ep' | 'points' | 'notes'>;
  /** Name of the model. */
  readonly name: string;
  readonly color: string;
}

export default function SweepChart({ sweep: { axis, ep, points, notes }, name, color }: SweepChartProps) {
  const { shows } = axisRecord(axis);
  const title = titleOfSweep(axis);
  const figure = shows === 'throughput' ? 'Samples per second' : 'Time per run';
  const claim = describeSweep(points);
  const subtitle = `${figure} of ${name} on ${formatProvider(ep)}, median with 95 % interval.`;
  return (
    <Paper withBorder p={16}>
      <ChartFrame
        title={title}
        subtitle={[subtitle, claim, ...notes].filter((part) => part !== '').join(' ')}
        table={tabulate(axis, points)}
        fileName={`${shows}-${axis}`}
        heading={false}
      >
        <div className={chart.drawn} role="img" aria-label={`${title}. ${claim}`.trim()}>
          <Points points={points} shows={shows} color={color} />
        </div>
      </ChartFrame>
    </Paper>
  );
}

interface PointsProps {
  readonly points: readonly SweepPoint[];
  readonly shows: 'throughput' | 'time';
  readonly color: string;
}

/** Values without an order are not joined by a line. */
function Points({ points, shows, color }: PointsProps) {
  const isOrdered = points.every(({ value }) => typeof value === 'number');
  const drawn = points.map((point) => {
    const figure = shows === 'throughput' ? point.samplesPerSecond : point.medianMs;
    const [low, high] = shows === 'throughput' ? point.interval : point.medianIntervalMs;
    return { value: point.value, figure, around: [figure - low, high - figure] };
  });
  const knee = kneeOf(points);
  return (
    <ResponsiveContainer width="100%" height={200}>
      <LineChart data={drawn} margin={{ top: 20, right: 24, bottom: 0, left: 0 }} accessibilityLayer={false}>
        <XAxis
          dataKey="value"
          {...(isOrdered
            ? { type: 'number', scale: 'log', domain: ['dataMin', 'dataMax'], ticks: points.map(({ value }) => value) }
            : { type: 'category' })}
          {...bottomAxis}
          padding={{ left: isOrdered ? 12 : 32, right: isOrdered ? 12 : 32 }}
        />
        <YAxis
          domain={[0, 'auto']}
          tickFormatter={(figure: number) => (shows === 'throughput' ? formatRate(figure) : formatDuration(figure))}
          {...sideAxis}
          width={56}
        />
        {knee === undefined ? null : (
          <ReferenceLine
            x={knee.value}
            stroke="var(--text-muted)"
            strokeDasharray="4 3"
            label={{ value: 'knee', position: 'top', ...tick }}
          />
        )}
        <Line
          dataKey="figure"
          stroke={color}
          strokeWidth={isOrdered ? 2 : 0}
          dot={{ r: 3, fill: color, strokeWidth: 0 }}
          activeDot={false}
          isAnimationActive={false}
        >
          <ErrorBar dataKey="around" width={4} stroke={color} strokeWidth={1} direction="y" isAnimationActive={false} />
        </Line>
      </LineChart>
    </ResponsiveContainer>
  );
}

function tabulate(axis: string, points: readonly SweepPoint[]): ChartTableData {
  const hasRate = axisRecord(axis).shows === 'throughput';
  return {
    columns: [
      { title: headingOfAxis(axis), csvName: axis },
      { title: 'Time per run', csvName: 'median_ms' },
      { title: 'Low (95 %)', csvName: 'median_ms_low' },
      { title: 'High (95 %)', csvName: 'median_ms_high' },
      ...(hasRate
        ? [
            { title: 'Samples per second', csvName: 'samples_per_second' },
            { title: 'Samples per second, low', csvName: 'samples_per_second_low', fileOnly: true },
            { title: 'Samples per second, high', csvName: 'samples_per_second_high', fileOnly: true },
          ]
        : []),
    ],
    rows: points.map(({ value, medianMs, medianIntervalMs: [low, high], samplesPerSecond, interval }) => [
      { text: formatSweptValue(value), value },
      { text: formatDuration(medianMs), value: medianMs },
      { text: formatDuration(low), value: low },
      { text: formatDuration(high), value: high },
      ...(hasRate ? [samplesPerSecond, ...interval].map((rate) => ({ text: formatRate(rate), value: rate })) : []),
    ]),
  };
}
