/** Curves and histograms of any pass. Loaded when there is one, because the chart library comes with it. */
import { Group } from '@mantine/core';
import { Area, AreaChart, Line, LineChart, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import type { CurveDetail, DetailAxis, HistogramDetail } from '../../../../engine/passes/pass-details';
import { formatDetailValue, summarizeInWords, tabulateDetail } from '../../../../engine/report/describe-detail';
import { lowerCased } from '../../../node-facts/lower-cased';
import { colorOfIndex } from '../../theme/variant-color';
import { ChartFrame } from '../charts/ChartFrame';
import type { ChartTableData } from '../charts/chart-table';
import classes from '../charts/chart.module.css';
import { VariantDot } from '../VariantDot';
import { tick } from '../charts/axes';

interface DetailChartProps {
  readonly detail: CurveDetail | HistogramDetail;
  readonly fileName: string;
}

export default function DetailChart({ detail, fileName }: DetailChartProps) {
  const words = summarizeInWords(detail).join('; ');
  return (
    <ChartFrame
      title={detail.title}
      subtitle={subtitleOf(detail)}
      table={tableOf(detail)}
      fileName={fileName}
      heading={false}
    >
      <div className={classes.drawn} role="img" aria-label={`${detail.title}. ${words}`}>
        {detail.kind === 'curve' ? <Curves detail={detail} /> : <Bars detail={detail} />}
      </div>
      {detail.kind === 'curve' && detail.series.length > 1 ? <SeriesList detail={detail} /> : null}
    </ChartFrame>
  );
}

function subtitleOf(detail: CurveDetail | HistogramDetail): string {
  if (detail.kind === 'histogram') return `${summarizeInWords(detail).join('; ')}.`;
  const scale = isDrawnAsLog(detail.y, valuesOf(detail)) ? ', on a logarithmic axis' : '';
  return `${detail.y.label} by ${lowerCased(detail.x.label)}${scale}.`;
}

function tableOf(detail: CurveDetail | HistogramDetail): ChartTableData {
  const { columns, rows } = tabulateDetail(detail) ?? { columns: [], rows: [] };
  return {
    columns: columns.map(({ label }) => ({ title: label, csvName: label })),
    rows: rows.map((row) =>
      columns.map(({ unit }, index) => {
        const value = row[index] ?? null;
        return { text: formatDetailValue(value, unit), value };
      }),
    ),
  };
}

function valuesOf({ series }: CurveDetail): readonly number[] {
  return series.flatMap(({ points }) => points.map(([, value]) => value));
}

/** Zero and what is below it have no place on such an axis. */
function isDrawnAsLog({ isLog = false }: DetailAxis, values: readonly number[]): boolean {
  return isLog && values.every((value) => value > 0);
}

const height = 200;
const margin = { top: 16, right: 16, bottom: 0, left: 8 };

function axisProps(axis: DetailAxis, values: readonly number[]) {
  return {
    type: 'number' as const,
    scale: isDrawnAsLog(axis, values) ? ('log' as const) : ('linear' as const),
    domain: ['auto', 'auto'] as [string, string],
    tickFormatter: (value: number) => formatDetailValue(value, axis.unit),
    tick,
    tickLine: false,
  };
}

function Curves({ detail }: { readonly detail: CurveDetail }) {
  const { x, y, series } = detail;
  const places = series.flatMap(({ points }) => points.map(([at]) => at));
  return (
    <ResponsiveContainer width="100%" height={height}>
      <LineChart margin={margin} accessibilityLayer={false}>
        <XAxis
          dataKey="at"
          {...axisProps(x, places)}
          domain={['dataMin', 'dataMax']}
          axisLine={{ stroke: 'var(--border-control)' }}
          height={24}
        />
        <YAxis {...axisProps(y, valuesOf(detail))} axisLine={false} width={64} />
        {series.map(({ name, points }, index) => (
          <Line
            key={`${index} ${name}`}
            data={points.map(([at, value]) => ({ at, value }))}
            dataKey="value"
            stroke={colorOfIndex(index)}
            strokeWidth={2}
            dot={points.length === 1}
            activeDot={false}
            isAnimationActive={false}
          />
        ))}
      </LineChart>
    </ResponsiveContainer>
  );
}

/** Steps at the edges, which need not be evenly spaced. */
function Bars({ detail }: { readonly detail: HistogramDetail }) {
  const { x, edges, counts, marks = [] } = detail;
  const middle = ((edges[0] ?? 0) + (edges.at(-1) ?? 0)) / 2;
  const steps = edges.map((at, index) => ({ at, count: counts[Math.min(index, counts.length - 1)] ?? 0 }));
  return (
    <ResponsiveContainer width="100%" height={height}>
      <AreaChart data={steps} margin={margin} accessibilityLayer={false}>
        <XAxis
          dataKey="at"
          {...axisProps(x, edges)}
          domain={['dataMin', 'dataMax']}
          axisLine={{ stroke: 'var(--border-control)' }}
          height={24}
        />
        <YAxis
          {...axisProps({ label: 'Values', unit: 'count' }, counts)}
          domain={[0, 'auto']}
          axisLine={false}
          width={64}
        />
        <Area
          dataKey="count"
          type="stepAfter"
          stroke="var(--variant-0)"
          fill="var(--variant-0)"
          fillOpacity={0.25}
          isAnimationActive={false}
        />
        {marks.map(({ at, label }) => (
          <ReferenceLine
            key={`${at} ${label}`}
            x={at}
            stroke="var(--text-muted)"
            strokeDasharray="4 3"
            label={{
              value: label,
              // The label stands beside its line, towards the middle, so that it has room on a phone too.
              position: at < middle ? 'insideTopLeft' : 'insideTopRight',
              fill: 'var(--text-muted)',
              fontSize: 12,
            }}
          />
        ))}
      </AreaChart>
    </ResponsiveContainer>
  );
}

function SeriesList({ detail }: { readonly detail: CurveDetail }) {
  return (
    <Group gap="4px 16px" fz="xs" role="list">
      {detail.series.map(({ name }, index) => (
        <Group key={`${index} ${name}`} gap={8} role="listitem">
          <VariantDot color={colorOfIndex(index)} />
          {name}
        </Group>
      ))}
    </Group>
  );
}
