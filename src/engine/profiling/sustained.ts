/** A run of one model for minutes: devices that get hot slow down, which a short measurement does not show. */
import { formatNumber, formatPercent } from '../format';
import { median } from '../metrics/quantile';

/** Consecutive runs, and the time of the middle one of them. */
export interface SustainedWindow {
  /** From the beginning of the measurement. */
  readonly startMs: number;
  readonly medianMs: number;
  readonly runs: number;
}

export interface SustainedRun {
  readonly durationMs: number;
  readonly windows: readonly SustainedWindow[];
  /** As `driftOf` finds it in the windows. */
  readonly drift: number | null;
}

/** A larger change between the first and the last third is called drift. */
const largestDrift = 0.1;
const fewestOfThird = 3;

/** Median of the last third ÷ median of the first third: above 1 runs became slower. `null`: there are fewer than nine. */
export function driftOf(samplesMs: readonly number[]): number | null {
  const third = Math.floor(samplesMs.length / 3);
  return third < fewestOfThird ? null : median(samplesMs.slice(-third)) / median(samplesMs.slice(0, third));
}

/** True for a change by more than a tenth, in either direction; false if it is unknown. */
export function isDrift(drift: number | null): boolean {
  return drift !== null && Math.abs(Math.log(drift)) > Math.log1p(largestDrift);
}

/** A time within the run: `90 s`. */
export function formatSeconds(ms: number): string {
  return `${formatNumber(ms / 1000)}\u00a0s`;
}

export function describeSustained({ durationMs, drift }: SustainedRun): string {
  const duration = formatSeconds(durationMs);
  if (drift === null) return `Too few runs in ${duration} to see drift.`;
  const change = formatPercent(Math.abs(drift - 1), 1);
  if (!isDrift(drift)) return `No drift in ${duration}: the first and the last third differ by ${change}.`;
  const [direction, cause] =
    drift > 1
      ? ['slower', 'The device throttles, or its load changed.']
      : ['faster', 'The load of the device changed.'];
  return `Drift: the last third of ${duration} was ${change} ${direction} than the first. ${cause}`;
}
