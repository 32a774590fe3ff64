/** Size against what was lost. Loaded with the first result, because the chart library comes with it. */
import {
  CartesianGrid,
  ErrorBar,
  LabelList,
  Line,
  ComposedChart,
  ReferenceLine,
  ResponsiveContainer,
  Scatter,
  XAxis,
  YAxis,
} from 'recharts';
import { formatBytes, formatNumber } from '../../../../engine/format';
import type { SearchResult } from '../../../../engine/search/search-journal';
import { ChartFrame } from '../../components/charts/ChartFrame';
import classes from './SearchView.module.css';
import { tradeOffOf, type TradeOffMark } from './trade-off-model';

const tick = { fill: 'var(--text-muted)', fontSize: 12 };

const looks = {
  original: { fill: 'var(--original)', opacity: 1 },
  best: { fill: 'var(--better)', opacity: 1 },
  frontier: { fill: 'var(--variant-0)', opacity: 1 },
  other: { fill: 'var(--original)', opacity: 0.45 },
} as const satisfies Record<TradeOffMark['role'], { fill: string; opacity: number }>;

export default function TradeOffChart({ result }: { readonly result: SearchResult }) {
  const { title, subtitle, marks, frontier, limit, lossTitle, table } = tradeOffOf(result);
  const largest = Math.max(...marks.map(({ sizeBytes }) => sizeBytes));
  return (
    <ChartFrame title={title} subtitle={subtitle} table={table} fileName="trade-off">
      <div className={classes.chart} role="img" aria-label={`${title}. ${spoken(marks)}`}>
        <ResponsiveContainer width="100%" height={280}>
          <ComposedChart margin={{ top: 16, right: 24, bottom: 4, left: 8 }} accessibilityLayer={false}>
            <CartesianGrid stroke="var(--grid-line)" vertical={false} />
            <XAxis
              dataKey="sizeBytes"
              type="number"
              domain={[0, largest * 1.08]}
              tickFormatter={(bytes: number) => formatBytes(bytes)}
              tick={tick}
              axisLine={{ stroke: 'var(--border-control)' }}
              tickLine={false}
              height={24}
            />
            <YAxis
              dataKey="lost"
              type="number"
              domain={domainOf(marks, limit)}
              allowDataOverflow
              tickFormatter={(lost: number) => formatNumber(lost, 2)}
              tick={tick}
              axisLine={false}
              tickLine={false}
              width={40}
              aria-label={lossTitle}
            />
            <ReferenceLine
              y={limit}
              stroke="var(--worse)"
              strokeDasharray="4 4"
              label={{ value: 'limit', position: 'insideTopRight', fill: 'var(--worse)', fontSize: 12 }}
            />
            <Line
              data={[...frontier]}
              dataKey="lost"
              type="stepAfter"
              stroke="var(--variant-0)"
              strokeWidth={1.5}
              dot={false}
              activeDot={false}
              isAnimationActive={false}
            />
            {marks.map(drawMark)}
          </ComposedChart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}

/** A function, not a component: the chart looks for its own kinds among its children. */
function drawMark(mark: TradeOffMark) {
  const { fill, opacity } = looks[mark.role];
  return (
    <Scatter
      key={mark.id}
      data={[withError(mark)]}
      dataKey="lost"
      fill={fill}
      opacity={opacity}
      isAnimationActive={false}
    >
      {mark.role === 'other' ? null : <LabelList {...labelOf(mark)} />}
      <ErrorBar dataKey="error" direction="y" width={4} stroke={fill} strokeWidth={1.5} />
    </Scatter>
  );
}

function labelOf({ name, role }: TradeOffMark) {
  return {
    dataKey: 'name',
    // Beside the interval and above the line of the frontier.
    ...(role === 'original'
      ? { position: 'top' as const, offset: 8 }
      : { position: 'right' as const, offset: 10, dy: -10 }),
    formatter: () => (role === 'best' ? `${name}, recommended` : name),
    fill: 'var(--text)',
    fontSize: 12,
    fontWeight: role === 'best' ? 600 : 400,
  };
}

/** Distances from the value to the ends of its interval. */
function withError({ interval, ...mark }: TradeOffMark) {
  const error = interval === null ? [0, 0] : [mark.lost - interval[0], interval[1] - mark.lost];
  return { ...mark, error };
}

/** What is far beyond the limit is cut off: what may be chosen needs the room. */
function domainOf(marks: readonly TradeOffMark[], limit: number): [number, number] {
  const near = marks.filter(({ lost }) => lost <= 10 * Math.max(limit, 0.1));
  const ends = near.flatMap(({ lost, interval }) => [lost, ...(interval ?? [])]);
  return [Math.floor(2 * Math.min(0, ...ends)) / 2, Math.ceil(2 * Math.max(limit * 1.2, ...ends)) / 2];
}

function spoken(marks: readonly TradeOffMark[]): string {
  return marks
    .map(({ name, sizeBytes, lost }) => `${name}: ${formatBytes(sizeBytes)}, ${formatNumber(lost, 2)} lost`)
    .join('; ');
}
