/** Scales the figures of an axis, and defines the steps of its limit. Pure. */
import { ticksAround } from '../charts/round-ticks';
import type { Axis, Figure } from './trade-off-axes';

export interface Scale {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  /** A round share of what is shown: a key moves a limit by one. */
  readonly step: number;
}

export interface Scales {
  readonly x: Scale;
  readonly y: Scale;
}

/** The room beside the largest value, and for half a point below the lowest line. */
const headroom = 1.1;
const footroom = 1 / 28;
/**
 * The largest number of steps along the axis. A limit on a loss is shown with two digits, one on an amount with three.
 */
const mostSteps = { loss: 20, amount: 100 } as const;

/**
 * Covers what is shown and the limit. Losses far beyond the limit are cut off, because the candidates within it need
 * the room.
 */
export function scaleOf({ scale }: Pick<Axis, 'scale'>, figures: readonly Figure[], limit: number | null): Scale {
  if (scale === 'amount') {
    const top = Math.max(...figures.map(({ value }) => value), limit ?? 0) * headroom;
    return {
      domain: [0, top],
      ticks: ticksAround([0, top], 4).filter((tick) => tick <= top),
      step: stepOf(top, mostSteps.amount),
    };
  }
  const most = limit ?? 0;
  const near = limit === null ? figures : figures.filter(({ value }) => value <= 10 * Math.max(limit, 0.1));
  const ends = near.flatMap(({ value, interval }) => [value, ...(interval ?? [])]);
  const ticks = ticksAround([Math.min(0, ...ends), Math.max(most * 1.2, ...ends)], 5);
  const [low, high] = [ticks[0]!, ticks.at(-1)!];
  return { domain: [low - (high - low) * footroom, high], ticks, step: stepOf(high, mostSteps.loss) };
}

/** The place of a value: 0 at the beginning of the axis, 1 at its end. */
export function placeOn({ domain }: Scale, value: number): number {
  return (value - domain[0]) / (domain[1] - domain[0]);
}

/** The place of a limit: the end of the axis if there is none, or if it is beyond. */
export function placeOfLimit(scale: Scale, limit: number | null): number {
  return limit === null ? 1 : Math.min(placeOn(scale, limit), 1);
}

/** The limit at a place: in whole steps, at least one; `null` at the end of an axis that needs none. */
export function limitAt({ domain, step }: Scale, place: number, isOptional: boolean): number | null {
  if (isOptional && place >= 1) return null;
  const value = domain[0] + Math.min(place, 1) * (domain[1] - domain[0]);
  return wholeSteps(Math.floor(value / step + 0.5), step);
}

/** A limit so many steps further: from none it comes down from the end, and past the end of what needs none it goes. */
export function limitAfter(scale: Scale, limit: number | null, steps: number, isOptional: boolean): number | null {
  const { domain, step } = scale;
  const end = Math.floor(domain[1] / step);
  const from = limit === null ? end + 1 : limit / step;
  // A key moves from between two steps to the next one.
  const to = steps > 0 ? Math.floor(from + 1e-6) + steps : Math.ceil(from - 1e-6) + steps;
  return isOptional && to > end ? null : wholeSteps(to, step);
}

/** Removes the rounding error of the step's binary fraction. */
function wholeSteps(count: number, step: number): number {
  return Number((Math.max(count, 1) * step).toPrecision(12));
}

function stepOf(range: number, most: number): number {
  const [first = 0, second = range] = ticksAround([0, range], most);
  return second - first;
}
