/** The length of the queue over a run. Loaded when there is one, because the chart library comes with it. */
import { Group } from '@mantine/core';
import { Line, LineChart, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { formatCount, formatNumber } from '../../../../engine/format';
import type { QueuePoint } from '../../../../engine/serving/queue-curve';
import { bottomAxis, sideAxis } from '../../components/charts/axes';
import { ChartFrame } from '../../components/charts/ChartFrame';
import type { ChartTableData } from '../../components/charts/chart-table';
import chart from '../../components/charts/chart.module.css';
import classes from './serving.module.css';

interface QueueSeries {
  readonly name: string;
  readonly color: string;
  readonly isDashed?: boolean;
  readonly points: readonly QueuePoint[];
}

interface QueueChartProps {
  readonly title: string;
  readonly subtitle: string;
  readonly fileName: string;
  /** Series of the same moments. */
  readonly series: readonly QueueSeries[];
}

export default function QueueChart({ title, subtitle, fileName, series }: QueueChartProps) {
  const most = ({ points }: QueueSeries): number => points.reduce((high, { waiting }) => Math.max(high, waiting), 0);
  const spoken = series.map((one) => `${one.name}: up to ${formatCount(most(one))} waiting`).join('; ');
  return (
    <ChartFrame title={title} subtitle={subtitle} table={tabulate(series)} fileName={fileName}>
      <div className={chart.drawn} role="img" aria-label={`${title}. ${spoken}.`}>
        <Key series={series} />
        <ResponsiveContainer width="100%" height={160}>
          <LineChart margin={{ top: 8, right: 24, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <XAxis
              dataKey="atMs"
              type="number"
              domain={[0, (series[0]?.points.at(-1)?.atMs ?? 0) + (series[0]?.points[0]?.atMs ?? 1)]}
              tickCount={4}
              tickFormatter={(ms: number) => `${formatNumber(ms / 1000, 2)}\u00a0s`}
              {...bottomAxis}
            />
            <YAxis
              allowDecimals={false}
              domain={[0, Math.max(1, ...series.map(most))]}
              tickCount={3}
              tickFormatter={formatCount}
              {...sideAxis}
              width={56}
            />
            {series.map(({ name, color, isDashed = false, points }) => (
              <Line
                key={name}
                data={[...points]}
                dataKey="waiting"
                type="step"
                stroke={color}
                strokeWidth={1.5}
                {...(isDashed && { strokeDasharray: '4 3' })}
                dot={false}
                activeDot={false}
                isAnimationActive={false}
              />
            ))}
          </LineChart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}

/** Lines that lie on each other cannot be named where they end. */
function Key({ series }: Pick<QueueChartProps, 'series'>) {
  if (series.length < 2) return null;
  return (
    <Group gap="4px 16px" fz="xs" c="dimmed" aria-hidden="true">
      {series.map(({ name, color, isDashed = false }) => (
        <Group key={name} gap={8}>
          <span className={classes.line} style={{ borderColor: color, borderStyle: isDashed ? 'dashed' : 'solid' }} />
          {name}
        </Group>
      ))}
    </Group>
  );
}

function tabulate(series: readonly QueueSeries[]): ChartTableData {
  const moments = series[0]?.points ?? [];
  return {
    columns: [
      { title: 'Time', csvName: 'at_ms' },
      ...series.map(({ name }) => ({ title: name, csvName: `waiting_${name.replaceAll(/[^a-z0-9]+/gi, '_')}` })),
    ],
    rows: moments.map(({ atMs }, index) => [
      { text: `${formatNumber(atMs / 1000, 3)}\u00a0s`, value: atMs },
      ...series.map(({ points }) => {
        const waiting = points[index]?.waiting ?? 0;
        return { text: formatCount(waiting), value: waiting };
      }),
    ]),
  };
}
