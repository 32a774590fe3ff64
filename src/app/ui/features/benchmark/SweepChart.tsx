/** Throughput over batch sizes or threads, with the last value that paid. Loaded when something was swept. */
import { Paper } from '@mantine/core';
import { ErrorBar, Line, LineChart, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { formatCounted, formatDuration } from '../../../../engine/format';
import { formatRate } from '../../../../engine/serving/describe-serving';
import type { SweptThroughput } from '../../../jobs/jobs';
import { ChartFrame } from '../../components/charts/ChartFrame';
import type { ChartTableData } from '../../components/charts/chart-table';
import chart from '../../components/charts/chart.module.css';
import { bottomAxis, sideAxis, tick } from '../../components/charts/axes';

interface SweepChartProps {
  readonly axis: 'batch' | 'threads';
  readonly swept: SweptThroughput;
  readonly name: string;
  readonly colour: string;
}

const titles = { batch: 'Throughput by batch size', threads: 'Throughput by threads' } as const;

export default function SweepChart({ axis, swept, name, colour }: SweepChartProps) {
  const { notes } = swept;
  const claim = claimOf(axis, swept);
  return (
    <Paper withBorder p={16}>
      <ChartFrame
        title={titles[axis]}
        subtitle={[`Samples per second of ${name} on WASM, median with 95 % interval.${claim}`, ...notes].join(' ')}
        table={tabulate(axis, swept)}
        fileName={`throughput-${axis}`}
        heading={false}
      >
        <div className={chart.drawn} role="img" aria-label={`${titles[axis]}.${claim}`}>
          <Throughput swept={swept} colour={colour} />
        </div>
      </ChartFrame>
    </Paper>
  );
}

/** Beyond the last value nothing was measured, so nothing is claimed. */
function claimOf(axis: SweepChartProps['axis'], { points, knee }: SweptThroughput): string {
  if (knee === null || points.length < 2) return '';
  const amount = axis === 'batch' ? `a batch of ${knee.value}` : formatCounted(knee.value, 'thread');
  const isLast = points.every(({ value }) => value <= knee.value);
  return isLast
    ? ` Each doubling up to ${amount} gains at least 5\u00a0%.`
    : ` A doubling beyond ${amount} gains less than 5\u00a0%.`;
}

function Throughput({ swept: { points, knee }, colour }: Pick<SweepChartProps, 'swept' | 'colour'>) {
  const drawn = points.map(({ value, samplesPerSecond, interval }) => ({
    value,
    samplesPerSecond,
    around: [samplesPerSecond - interval[0], interval[1] - samplesPerSecond],
  }));
  return (
    <ResponsiveContainer width="100%" height={200}>
      <LineChart data={drawn} margin={{ top: 20, right: 24, bottom: 0, left: 0 }} accessibilityLayer={false}>
        <XAxis
          dataKey="value"
          type="number"
          scale="log"
          domain={['dataMin', 'dataMax']}
          ticks={points.map(({ value }) => value)}
          {...bottomAxis}
          padding={{ left: 12, right: 12 }}
        />
        <YAxis domain={[0, 'auto']} tickFormatter={(rate: number) => formatRate(rate)} {...sideAxis} width={56} />
        {knee === null ? null : (
          <ReferenceLine
            x={knee.value}
            stroke="var(--text-muted)"
            strokeDasharray="4 3"
            label={{ value: 'knee', position: 'top', ...tick }}
          />
        )}
        <Line
          dataKey="samplesPerSecond"
          stroke={colour}
          strokeWidth={2}
          dot={{ r: 3, fill: colour, strokeWidth: 0 }}
          activeDot={false}
          isAnimationActive={false}
        >
          <ErrorBar dataKey="around" width={4} stroke={colour} direction="y" isAnimationActive={false} />
        </Line>
      </LineChart>
    </ResponsiveContainer>
  );
}

function tabulate(axis: SweepChartProps['axis'], { points }: SweptThroughput): ChartTableData {
  return {
    columns: [
      { title: axis === 'batch' ? 'Batch' : 'Threads', csvName: axis },
      { title: 'Time per run', csvName: 'median_ms' },
      { title: 'Samples per second', csvName: 'samples_per_second' },
      { title: 'Low (95 %)', csvName: 'samples_per_second_low' },
      { title: 'High (95 %)', csvName: 'samples_per_second_high' },
    ],
    rows: points.map(({ value, medianMs, samplesPerSecond, interval: [low, high] }) => [
      { text: String(value), value },
      { text: formatDuration(medianMs), value: medianMs },
      { text: formatRate(samplesPerSecond), value: samplesPerSecond },
      { text: formatRate(low), value: low },
      { text: formatRate(high), value: high },
    ]),
  };
}
