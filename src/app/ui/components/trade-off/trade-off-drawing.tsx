/** The parts of the chart. Functions, not components: the chart looks for its own kinds among its children. */
import { ErrorBar, LabelList, Line, ReferenceArea, ReferenceLine, Scatter, XAxis, YAxis } from 'recharts';
import { labelOffsetPx, pointRadiusPx, type PlacedLabel } from './place-labels';
import type { Figure } from './trade-off-axes';
import type { ShownAxes, TradeOffMark } from './trade-off-model';
import type { Scale, Scales } from './trade-off-scale';
import { tick } from '../charts/axes';

/**
 * Dominated points are faint. A color belongs to a variant, here as everywhere; candidates that were not made have
 * none.
 */
const dominatedOpacity = 0.45;
const triedStroke = 'var(--text-muted)';
/** The length of the strokes at the ends of an interval. */
export const capPx = 4;
/** A finger needs more than the eye. */
const pointedRadiusPx = 14;

export function drawAxes(
  { x, y }: ShownAxes,
  scales: Scales,
  { heightPx, widthPx }: { readonly heightPx: number; readonly widthPx: number },
) {
  const line = { type: 'number', tick, tickLine: false, allowDataOverflow: true } as const;
  const along = ({ domain, ticks }: Scale) => ({ domain: [...domain] as [number, number], ticks: [...ticks] });
  return [
    <XAxis
      key="x"
      dataKey="x.value"
      {...line}
      {...along(scales.x)}
      tickFormatter={x.tick}
      axisLine={{ stroke: 'var(--border-control)' }}
      height={heightPx}
    />,
    <YAxis
      key="y"
      dataKey="y.value"
      {...line}
      {...along(scales.y)}
      tickFormatter={y.tick}
      axisLine={false}
      width={widthPx}
      aria-label={y.title}
    />,
  ];
}

/** The line of a limit, and what is beyond it. */
export function drawLimit(side: 'x' | 'y', limit: number | null, [, high]: readonly [number, number]) {
  if (limit === null) return null;
  const ends = side === 'x' ? { x1: limit, x2: high } : { y1: limit, y2: high };
  return [
    <ReferenceArea key={`beyond-${side}`} {...ends} fill="var(--worse)" fillOpacity={0.06} ifOverflow="hidden" />,
    <ReferenceLine
      key={`limit-${side}`}
      {...{ [side]: limit }}
      stroke="var(--worse)"
      strokeDasharray="4 4"
      label={{
        value: 'limit',
        position: side === 'x' ? 'insideBottomLeft' : 'insideTopLeft',
        fill: 'var(--worse)',
        fontSize: 12,
      }}
    />,
  ];
}

export function drawFrontier(corners: readonly TradeOffMark[]) {
  return (
    <Line
      data={[...corners]}
      dataKey="y.value"
      type="stepAfter"
      stroke="var(--text-muted)"
      strokeWidth={1.5}
      dot={false}
      activeDot={false}
      isAnimationActive={false}
    />
  );
}

/** Draws the region without a measurable difference to the line: the interval of each corner as far as the next one. */
export function drawBand(corners: readonly TradeOffMark[]) {
  return corners.slice(0, -1).map(({ id, x, y }, index) => {
    if (isExact(y)) return null;
    const [y1, y2] = y.interval!;
    const ends = { x1: x.value, x2: corners[index + 1]!.x.value, y1, y2 };
    return (
      <ReferenceArea key={`band-${id}`} {...ends} fill="var(--text-muted)" fillOpacity={0.1} ifOverflow="hidden" />
    );
  });
}

export function drawMark(mark: TradeOffMark, label: PlacedLabel | undefined, onPoint: (id: string | null) => void) {
  const { id, color, role } = mark;
  const stroke = color ?? triedStroke;
  const opacity = role === 'dominated' ? dominatedOpacity : 1;
  const bar = { width: capPx, stroke, strokeWidth: 1.5, opacity };
  return (
    <Scatter
      key={id}
      data={[{ ...mark, errorX: errorOf(mark.x), errorY: errorOf(mark.y) }]}
      dataKey="y.value"
      shape={({ cx = 0, cy = 0 }) => (
        <g
          onPointerEnter={({ pointerType }) => (pointerType === 'mouse' ? onPoint(id) : undefined)}
          onPointerLeave={({ pointerType }) => (pointerType === 'mouse' ? onPoint(null) : undefined)}
          onClick={() => onPoint(id)}
        >
          <circle data-page-only cx={cx} cy={cy} r={pointedRadiusPx} fill="transparent" />
          <circle
            cx={cx}
            cy={cy}
            r={pointRadiusPx}
            fill={color ?? 'var(--surface)'}
            stroke={stroke}
            strokeWidth={1.5}
            opacity={opacity}
          />
        </g>
      )}
      isAnimationActive={false}
    >
      {label === undefined ? null : <LabelList {...drawnLabel(mark, label)} />}
      {isExact(mark.y) ? null : <ErrorBar dataKey="errorY" direction="y" {...bar} />}
      {isExact(mark.x) ? null : <ErrorBar dataKey="errorX" direction="x" {...bar} />}
    </Scatter>
  );
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

/** It has no interval to draw. */
export function isExact({ interval }: Figure): boolean {
  return interval === null || interval[0] === interval[1];
}

/** Distances from the value to the ends of its interval. */
function errorOf({ value, interval }: Figure): [number, number] {
  return interval === null ? [0, 0] : [value - interval[0], interval[1] - value];
}
