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
import { useElementSize } from '@mantine/hooks';
import { formatBytes, formatNumber } from '../../../../engine/format';
import type { SearchResult } from '../../../../engine/search/search-journal';
import { ChartFrame } from '../charts/ChartFrame';
import { labelOffsetPx, placeLabels, pointRadiusPx, type PlacedLabel } from './place-labels';
import { roundTicks } from './round-ticks';
import classes from './TradeOffChart.module.css';
import { tradeOffOf, type ColourOfCandidate, type TradeOff, type TradeOffMark } from './trade-off-model';

const heightPx = 280;
const margin = { top: 16, right: 24, bottom: 4, left: 8 };
const axes = { widthPx: 40, heightPx: 24 };
/** Room beside the largest file. */
const headroom = 1.08;

const tick = { fill: 'var(--text-muted)', fontSize: 12 };

/** What is beaten stands back. A colour is that of a variant, here as everywhere; what was tried and not made has none. */
const beatenOpacity = 0.45;
const triedStroke = 'var(--text-muted)';

interface TradeOffChartProps {
  readonly result: SearchResult;
  readonly colourOf: ColourOfCandidate;
}

export default function TradeOffChart({ result, colourOf }: TradeOffChartProps) {
  const { title, subtitle, marks, frontier, limit, lossTitle, table } = tradeOffOf(result, colourOf);
  const largest = Math.max(...marks.map(({ sizeBytes }) => sizeBytes)) * headroom;
  const lostTicks = roundTicks(...rangeOf(marks, limit), 5);
  const domain = [lostTicks[0]! - below(lostTicks), lostTicks.at(-1)!] as const;
  const sizeTicks = roundTicks(0, largest, 4).filter((bytes) => bytes <= largest);
  const { ref, width } = useElementSize();
  const labels = labelsOf(marks, { largest, domain, widthPx: width });
  return (
    <ChartFrame title={title} subtitle={subtitle} table={table} fileName="trade-off">
      <div ref={ref} className={classes.chart} role="img" aria-label={`${title}. ${spoken(marks)}`}>
        <ResponsiveContainer width="100%" height={heightPx}>
          <ComposedChart margin={margin} accessibilityLayer={false}>
            <CartesianGrid stroke="var(--grid-line)" vertical={false} />
            <XAxis
              dataKey="sizeBytes"
              type="number"
              domain={[0, largest]}
              ticks={[...sizeTicks]}
              tickFormatter={(bytes: number) => formatBytes(bytes)}
              tick={tick}
              axisLine={{ stroke: 'var(--border-control)' }}
              tickLine={false}
              height={axes.heightPx}
            />
            <YAxis
              dataKey="lost"
              type="number"
              domain={[...domain]}
              ticks={[...lostTicks]}
              allowDataOverflow
              tickFormatter={(lost: number) => formatNumber(lost, 2)}
              tick={tick}
              axisLine={false}
              tickLine={false}
              width={axes.widthPx}
              aria-label={lossTitle}
            />
            {limitLine(limit)}
            {frontier.length < 2 ? null : frontierLine(frontier)}
            {marks.map((mark) => drawMark(mark, labels.get(mark.id)))}
          </ComposedChart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}

/** Functions, not components: the chart looks for its own kinds among its children. */
function limitLine(limit: number) {
  return (
    <ReferenceLine
      y={limit}
      stroke="var(--worse)"
      strokeDasharray="4 4"
      label={{ value: 'limit', position: 'insideTopLeft', fill: 'var(--worse)', fontSize: 12 }}
    />
  );
}

function frontierLine(frontier: TradeOff['frontier']) {
  return (
    <Line
      data={[...frontier]}
      dataKey="lost"
      type="stepAfter"
      stroke="var(--text-muted)"
      strokeWidth={1.5}
      dot={false}
      activeDot={false}
      isAnimationActive={false}
    />
  );
}

function drawMark(mark: TradeOffMark, label: PlacedLabel | undefined) {
  const { colour, role } = mark;
  const stroke = colour ?? triedStroke;
  const opacity = role === 'other' ? beatenOpacity : 1;
  return (
    <Scatter
      key={mark.id}
      data={[withError(mark)]}
      dataKey="lost"
      shape={({ cx = 0, cy = 0 }) => (
        <circle
          cx={cx}
          cy={cy}
          r={pointRadiusPx}
          fill={colour ?? 'var(--surface)'}
          stroke={stroke}
          strokeWidth={1.5}
          opacity={opacity}
        >
          <title>{spokenMark(mark)}</title>
        </circle>
      )}
      isAnimationActive={false}
    >
      {label === undefined ? null : <LabelList {...drawnLabel(mark, label)} />}
      <ErrorBar dataKey="error" direction="y" width={4} stroke={stroke} strokeWidth={1.5} opacity={opacity} />
    </Scatter>
  );
}

/** Of what may be chosen, the best first; what is beaten has no name in the chart. */
function labelsOf(
  marks: readonly TradeOffMark[],
  scale: { readonly largest: number; readonly domain: readonly [number, number]; readonly widthPx: number },
): ReadonlyMap<string, PlacedLabel> {
  const { largest, domain, widthPx } = scale;
  const plot = {
    widthPx: widthPx - margin.left - margin.right - axes.widthPx,
    heightPx: heightPx - margin.top - margin.bottom - axes.heightPx,
  };
  const ranks = ['best', 'original', 'frontier'];
  const named = marks.filter(({ role }) => ranks.includes(role));
  const points = named
    .toSorted((a, b) => ranks.indexOf(a.role) - ranks.indexOf(b.role))
    .map(({ id, name, role, sizeBytes, lost }) => ({
      id,
      xPx: (sizeBytes / largest) * plot.widthPx,
      yPx: (1 - (lost - domain[0]) / (domain[1] - domain[0])) * plot.heightPx,
      texts: role === 'best' ? [`${name}, recommended`, name, 'recommended'] : [name],
    }));
  return placeLabels(points, plot);
}

function drawnLabel({ role }: TradeOffMark, { text, side, dyPx }: PlacedLabel) {
  return {
    dataKey: 'name',
    position: side,
    offset: labelOffsetPx,
    dy: dyPx,
    formatter: () => text,
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

/** Room for half a point on the lowest line. */
function below(ticks: readonly number[]): number {
  return (ticks.at(-1)! - ticks[0]!) * (pointRadiusPx / heightPx) * 2;
}

/** What is far beyond the limit is cut off: what may be chosen needs the room. */
function rangeOf(marks: readonly TradeOffMark[], limit: number): [number, number] {
  const near = marks.filter(({ lost }) => lost <= 10 * Math.max(limit, 0.1));
  const ends = near.flatMap(({ lost, interval }) => [lost, ...(interval ?? [])]);
  return [Math.min(0, ...ends), Math.max(limit * 1.2, ...ends)];
}

function spoken(marks: readonly TradeOffMark[]): string {
  return marks.map(spokenMark).join('; ');
}

function spokenMark({ name, sizeBytes, lost }: TradeOffMark): string {
  return `${name}: ${formatBytes(sizeBytes)}, ${formatNumber(lost, 2)} lost`;
}
