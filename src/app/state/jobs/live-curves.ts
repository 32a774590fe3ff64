/** Keeps the observations of a pass at work as curves that never hold more points than a screen can show. */
import type { Observation } from '../../../engine/passes/pass';

export interface LiveCurve {
  readonly name: string;
  readonly series: readonly { readonly name: string; readonly points: readonly CurvePoint[] }[];
}

interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

const mostPoints = 400;
const mostSeries = 8;

/** The curves with these observations. Beyond `mostPoints` every second point of a series is dropped, the newest never. */
export function withObservations(
  curves: readonly LiveCurve[],
  observations: readonly Observation[],
): readonly LiveCurve[] {
  return observations.reduce(withObservation, curves);
}

function withObservation(curves: readonly LiveCurve[], { curve, series, x, y }: Observation): readonly LiveCurve[] {
  if (!Number.isFinite(x) || !Number.isFinite(y)) return curves;
  return replaced(curves, { name: curve, series: [] }, (known) => ({
    ...known,
    series: replaced(known.series, { name: series, points: [] }, (line) => ({
      ...line,
      points: thinned([...line.points, { x, y }]),
    })),
  }));
}

function replaced<Item extends { readonly name: string }>(
  items: readonly Item[],
  fresh: Item,
  change: (item: Item) => Item,
): readonly Item[] {
  if (items.some(({ name }) => name === fresh.name)) {
    return items.map((item) => (item.name === fresh.name ? change(item) : item));
  }
  return items.length < mostSeries ? [...items, change(fresh)] : items;
}

function thinned(points: readonly CurvePoint[]): readonly CurvePoint[] {
  if (points.length <= mostPoints) return points;
  return points.filter((_, index) => index % 2 === 0 || index === points.length - 1);
}
