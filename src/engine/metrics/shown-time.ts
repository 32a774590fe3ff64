/** Times as they are shown side by side: one unit, and as many decimals as their intervals justify. */

export interface MeasuredTime {
  readonly medianMs: number;
  /** 95 % interval of the median. */
  readonly intervalMs: readonly [number, number];
}

export interface ShownTime extends MeasuredTime {
  /** `1.37 ms` */
  readonly text: string;
  /** `1.35 to 1.39 ms`: the ends are rounded outward, so that it has a width and the median, as shown, lies in it. */
  readonly range: string;
}

const noBreakSpace = '\u00a0';
const units = [
  { name: 'µs', perMs: 1000 },
  { name: 'ms', perMs: 1 },
  { name: 's', perMs: 0.001 },
] as const;
type Unit = (typeof units)[number];

/** From this value on the next unit reads better. */
const largestInUnit = 10_000;
const mostDigits = 4;

/**
 * Times of one comparison. They share the unit of the fastest, unless the slowest would need more than four digits before the point;
 * then each has its own. The last decimal is of the order of half the widest interval, but the fastest keeps two digits.
 */
export function showTimes(times: readonly MeasuredTime[]): readonly ShownTime[] {
  const fastest = Math.min(...times.map(({ medianMs }) => medianMs));
  const slowest = Math.max(...times.map(({ medianMs, intervalMs }) => Math.max(medianMs, intervalMs[1])));
  const shared = unitOf(fastest);
  if (slowest * shared.perMs < largestInUnit) return showIn(shared, times);
  const shownByUnit = new Map(units.map((unit) => [unit, times.filter(({ medianMs }) => unitOf(medianMs) === unit)]));
  return times.map((time) => {
    const unit = unitOf(time.medianMs);
    const alike = shownByUnit.get(unit)!;
    return showIn(unit, alike)[alike.indexOf(time)]!;
  });
}

/** `1.37 ms`, to the digits that its interval justifies. */
export function showTime(time: MeasuredTime): ShownTime {
  return showTimes([time])[0]!;
}

/** `0.99 to 1.65 ms`, with a unit for each if they differ. */
export function spanText(from: ShownTime, to: ShownTime): string {
  const [low, unit] = from.text.split(noBreakSpace);
  return to.text.endsWith(`${noBreakSpace}${unit}`) ? `${low} to ${to.text}` : `${from.text} to ${to.text}`;
}

function unitOf(ms: number): Unit {
  if (Math.abs(ms) < 1) return units[0];
  return Math.abs(ms) < largestInUnit ? units[1] : units[2];
}

function showIn(unit: Unit, times: readonly MeasuredTime[]): readonly ShownTime[] {
  const fastest = Math.min(...times.map(({ medianMs }) => medianMs)) * unit.perMs;
  const leastDecimals = 1 - magnitudeOf(fastest);
  const justified = Math.min(...times.map((time) => justifiedDecimals(time, unit)));
  const decimals = Math.min(20, Math.max(0, leastDecimals, justified));
  const step = 10 ** -decimals;
  return times.map((time) => {
    const shown = (value: number): string => value.toFixed(decimals);
    const median = Number(shown(time.medianMs * unit.perMs));
    const [low, high] = time.intervalMs.map((ms) => ms * unit.perMs) as [number, number];
    const below = Math.min(Math.floor(low / step + rounding) * step, median);
    const above = Math.max(Math.ceil(high / step - rounding) * step, median);
    const isWide = shown(below) !== shown(above);
    const ends = isWide ? [below, above] : [Math.max(0, below - step), above + step];
    return {
      medianMs: time.medianMs,
      intervalMs: time.intervalMs,
      text: `${shown(median)}${noBreakSpace}${unit.name}`,
      range: `${shown(ends[0]!)} to ${shown(ends[1]!)}${noBreakSpace}${unit.name}`,
    };
  });
}

/** Floating-point rounding may move an end that lies exactly on the last decimal by this much. */
const rounding = 1e-6;

function justifiedDecimals({ medianMs, intervalMs }: MeasuredTime, { perMs }: Unit): number {
  const halfWidth = (Math.abs(intervalMs[1] - intervalMs[0]) / 2) * perMs;
  const most = mostDigits - 1 - magnitudeOf(medianMs * perMs);
  // An interval without width says only that the timer could not tell more.
  return halfWidth > 0 ? Math.min(most, -magnitudeOf(halfWidth)) : most - 1;
}

function magnitudeOf(value: number): number {
  return value > 0 && Number.isFinite(value) ? Math.floor(Math.log10(value)) : 0;
}
