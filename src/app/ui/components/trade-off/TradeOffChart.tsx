/**
 * Shows results on two axes that a person chooses, with the limits on them. It is loaded with the first result, because
 * the chart library comes with it.
 */
import { Group, NativeSelect } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { type ComponentProps, useCallback, useMemo, useState } from 'react';
import { CartesianGrid, ComposedChart, ResponsiveContainer } from 'recharts';
import type { Report } from '../../../../engine/report/report-schema';
import type { SearchLimits } from '../../../../engine/search/search-goal';
import type { SearchResult } from '../../../../engine/search/search-journal';
import { nameOfBest } from '../../../../engine/verdict/loss-verdict';
import { ChartFrame } from '../charts/ChartFrame';
import { LimitGrip } from './LimitGrip';
import { type Box, boxOfGrip, boxOfPoint, type PlacedLabel, placeLabels } from './place-labels';
import { PointCard } from './PointCard';
import { axesOf, type Axis, type AxisId, gripText } from './trade-off-axes';
import { capPx, drawAxes, drawBand, drawFrontier, drawLimit, drawMark, isExact } from './trade-off-drawing';
import chart from '../charts/chart.module.css';
import classes from './trade-off.module.css';
import {
  type ColorOfCandidate,
  describeMissing,
  describeWithin,
  nameRank,
  pointsOf,
  type ShownAxes,
  subtitleOf,
  tableOf,
  type TradeOffMark,
  tradeOffOf,
} from './trade-off-model';
import { placeOfLimit, placeOn, scaleOf, type Scales } from './trade-off-scale';
import { Note } from '../Note';

const names = { x: 'Horizontal', y: 'Vertical' } as const;

interface AxisSelectsProps {
  readonly axes: readonly Axis[];
  readonly shown: ShownAxes;
  readonly onChange: (chosen: { readonly x: AxisId; readonly y: AxisId }) => void;
}

/** Selects the figures of the trade-off, if there is a choice. */
function AxisSelects({ axes, shown, onChange }: AxisSelectsProps) {
  if (axes.length < 3) return null;
  const now = { x: shown.x.id, y: shown.y.id };
  return (
    <Group gap="8px 16px">
      {(['x', 'y'] as const).map((side) => {
        const other = side === 'x' ? 'y' : 'x';
        return (
          <Group key={side} component="label" gap={8} fz="xs" c="dimmed">
            {names[side]}
            <NativeSelect
              aria-label={`${names[side]} axis`}
              size="xs"
              value={now[side]}
              // The axes exchange their figures if a person chooses the figure of the other one.
              onChange={({ currentTarget }) => {
                const id = currentTarget.value as AxisId;
                onChange({ ...now, [side]: id, ...(now[other] === id && { [other]: now[side] }) });
              }}
              data={axes.map(({ id, title }) => ({ value: id, label: title }))}
            />
          </Group>
        );
      })}
    </Group>
  );
}

const heightPx = 292;
const tickHeightPx = 24;
/** The grip for the limit of the lower axis is above the plot. */
const margin = { top: 28, right: 24, bottom: 4, left: 8 };

interface TradeOffChartProps {
  readonly result: SearchResult;
  /** The report of the same work, with the measurements of its variants. */
  readonly report: Report | null;
  readonly colorOf: ColorOfCandidate;
  readonly limits: SearchLimits;
  readonly onLimits: (limits: SearchLimits) => void;
}

export default function TradeOffChart({ result, report, colorOf, limits, onLimits }: TradeOffChartProps) {
  const [chosen, setChosen] = useState<{ readonly x: AxisId; readonly y: AxisId }>({ x: 'size', y: 'lost' });
  const axes = useMemo(() => axesOf(result, report), [result, report]);
  const points = useMemo(() => pointsOf(result, colorOf), [result, colorOf]);
  // A figure that is known no more, as after a variant was deleted, is shown no more.
  const axisOf = (id: AxisId, usual: AxisId) =>
    axes.find((axis) => axis.id === id) ?? axes.find((axis) => axis.id === usual)!;
  const [x, y] = [axisOf(chosen.x, 'size'), axisOf(chosen.y, 'lost')];
  const tradeOff = useMemo(() => tradeOffOf(points, { x, y }), [points, x, y]);
  const { title, marks } = tradeOff;
  const sentences = [describeWithin(points, axes, limits), describeMissing(tradeOff)].filter((text) => text !== '');
  return (
    <ChartFrame
      title={title}
      subtitle={subtitleOf(result, { x, y })}
      table={tableOf(points, axes, limits)}
      fileName="trade-off"
    >
      <Plot
        title={title}
        marks={marks}
        frontier={tradeOff.frontier}
        axes={axes}
        shown={{ x, y }}
        limits={limits}
        onLimits={onLimits}
      />
      <Group gap="8px 24px" mt={8}>
        <AxisSelects axes={axes} shown={{ x, y }} onChange={setChosen} />
        <Note role="status">{sentences.join(' ')}</Note>
      </Group>
    </ChartFrame>
  );
}

interface PlotProps extends Pick<TradeOffChartProps, 'limits' | 'onLimits'> {
  readonly title: string;
  readonly marks: readonly TradeOffMark[];
  readonly frontier: readonly TradeOffMark[];
  readonly axes: readonly Axis[];
  readonly shown: ShownAxes;
}

function Plot({ title, marks, frontier, axes, shown, limits, onLimits }: PlotProps) {
  const { x, y } = shown;
  const limit = { x: x.limit?.of(limits) ?? null, y: y.limit?.of(limits) ?? null };
  const { scales, avoided, hold } = useScales(marks, shown, limit);
  const [pointed, setPointed] = useState<string | null>(null);
  const { ref, width } = useElementSize();
  const tickWidthPx = y.scale === 'loss' ? 40 : 60;
  const plot = useMemo(() => plotIn(width, tickWidthPx), [width, tickWidthPx]);
  const at = useCallback(
    (onX: number, onY: number): readonly [number, number] => [
      placeOn(scales.x, onX) * plot.widthPx,
      (1 - placeOn(scales.y, onY)) * plot.heightPx,
    ],
    [scales, plot],
  );
  // Nothing else moves while a limit is dragged, so these elements are not drawn again.
  const axisParts = useMemo(
    () => drawAxes({ x, y }, scales, { heightPx: tickHeightPx, widthPx: tickWidthPx }),
    [x, y, scales, tickWidthPx],
  );
  const band = useMemo(() => drawBand(frontier), [frontier]);
  const line = useMemo(() => (frontier.length < 2 ? null : drawFrontier(frontier)), [frontier]);
  const points = useMemo(() => {
    const grips = sidesWithGrip({ x, y }).map((side) =>
      boxOfGrip(gripText({ x, y }[side], avoided[side]), side, placeOfLimit(scales[side], avoided[side]), plot),
    );
    const labels = labelsOf(marks, at, plot, grips);
    return marks.map((mark) => drawMark(mark, labels.get(mark.id), setPointed));
  }, [marks, x, y, scales, avoided, at, plot]);
  const shownMark = marks.find(({ id }) => id === pointed);
  const [leftPx = 0, topPx = 0] = shownMark === undefined ? [] : at(shownMark.x.value, shownMark.y.value);
  return (
    <div ref={ref} className={classes.plot} onPointerDown={() => setPointed(null)}>
      <div className={`${chart.drawn} ${classes.chart}`} role="img" aria-label={`${title}. ${spoken(marks, shown)}`}>
        <ResponsiveContainer width="100%" height={heightPx}>
          <ComposedChart margin={margin} accessibilityLayer={false}>
            <CartesianGrid stroke="var(--grid-line)" vertical={false} />
            {axisParts}
            {band}
            {(['x', 'y'] as const).map((side) => drawLimit(side, limit[side], scales[side].domain))}
            {line}
            {points}
          </ComposedChart>
        </ResponsiveContainer>
      </div>
      {width === 0 ? null : (
        <Grips shown={shown} scales={scales} plot={plot} limits={limits} onLimits={onLimits} onHold={hold} />
      )}
      {shownMark === undefined ? null : (
        <PointCard
          mark={shownMark}
          axes={axes}
          atPx={[plot.leftPx + leftPx, plot.topPx + topPx]}
          widthPx={width}
          heightPx={heightPx}
        />
      )}
    </div>
  );
}

type Limit = Readonly<Record<'x' | 'y', number | null>>;

/** Neither the axes nor the limit that names avoid change while a limit is held. */
function useScales(
  marks: readonly TradeOffMark[],
  { x, y }: ShownAxes,
  { x: limitX, y: limitY }: Limit,
): { readonly scales: Scales; readonly avoided: Limit; readonly hold: (isHeld: boolean) => void } {
  const [held, setHeld] = useState<{ readonly scales: Scales; readonly avoided: Limit } | null>(null);
  const fitting = useMemo(() => {
    const figuresOn = (side: 'x' | 'y') => marks.map((mark) => mark[side]);
    const scales = { x: scaleOf(x, figuresOn('x'), limitX), y: scaleOf(y, figuresOn('y'), limitY) };
    return { scales, avoided: { x: limitX, y: limitY } };
  }, [x, y, marks, limitX, limitY]);
  const present = held ?? fitting;
  return { ...present, hold: (isHeld) => setHeld(isHeld ? present : null) };
}

function plotIn(chartPx: number, tickWidthPx: number) {
  return {
    leftPx: margin.left + tickWidthPx,
    topPx: margin.top,
    widthPx: chartPx - margin.left - margin.right - tickWidthPx,
    heightPx: heightPx - margin.top - margin.bottom - tickHeightPx,
  };
}

interface GripsProps extends Pick<PlotProps, 'shown' | 'limits' | 'onLimits'> {
  readonly scales: Scales;
  readonly plot: ComponentProps<typeof LimitGrip>['plot'];
  readonly onHold: (isHeld: boolean) => void;
}

function Grips({ shown, scales, plot, limits, onLimits, onHold }: GripsProps) {
  return sidesWithGrip(shown).map((side) => {
    const axis = shown[side];
    const { of, change } = axis.limit!;
    return (
      <LimitGrip
        key={axis.id}
        axis={axis}
        scale={scales[side]}
        limit={of(limits)}
        side={side}
        plot={plot}
        onChange={(value) => onLimits(change(limits, value))}
        onHold={onHold}
      />
    );
  });
}

function sidesWithGrip(shown: ShownAxes): readonly ('x' | 'y')[] {
  const sides = shown.x.id === shown.y.id ? (['y'] as const) : (['y', 'x'] as const);
  return sides.filter((side) => shown[side].limit !== null);
}

/** Labels points in the order of their ranks. */
function labelsOf(
  marks: readonly TradeOffMark[],
  at: (onX: number, onY: number) => readonly [number, number],
  plot: { readonly widthPx: number; readonly heightPx: number },
  grips: readonly Box[],
): ReadonlyMap<string, PlacedLabel> {
  const named = marks.filter((mark) => nameRank(mark) !== null).toSorted((a, b) => nameRank(a)! - nameRank(b)!);
  const labeled = named.map((mark) => {
    const { id, name, role, word, x, y } = mark;
    const [xPx, yPx] = at(x.value, y.value);
    const title = nameOfBest(word);
    return { id, xPx, yPx, texts: role === 'best' ? [`${name}, ${title}`, name, title] : [name] };
  });
  const drawn = marks.flatMap((mark) => boxesOf(mark, at, nameRank(mark) !== null));
  return placeLabels(labeled, plot, [...drawn, ...grips]);
}

/** The boxes of the intervals of a point, and of the point if it has no name. */
function boxesOf(
  { x, y }: TradeOffMark,
  at: (onX: number, onY: number) => readonly [number, number],
  isNamed: boolean,
): readonly Box[] {
  const [xPx, yPx] = at(x.value, y.value);
  const boxes: Box[] = isNamed ? [] : [boxOfPoint({ xPx, yPx })];
  if (!isExact(y)) {
    const [bottom, top] = y.interval!.map((end) => at(x.value, end)[1]) as [number, number];
    boxes.push({ left: xPx - capPx / 2, right: xPx + capPx / 2, top, bottom });
  }
  if (!isExact(x)) {
    const [left, right] = x.interval!.map((end) => at(end, y.value)[0]) as [number, number];
    boxes.push({ left, right, top: yPx - capPx / 2, bottom: yPx + capPx / 2 });
  }
  return boxes;
}

function spoken(marks: readonly TradeOffMark[], { x, y }: ShownAxes): string {
  const lost = y.id === 'lost' ? ' lost' : '';
  return marks.map((mark) => `${mark.name}: ${x.format(mark.x.value)}, ${y.format(mark.y.value)}${lost}`).join('; ');
}
