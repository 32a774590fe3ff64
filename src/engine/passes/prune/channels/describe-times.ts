/** The report of the pass if the run time was the target. */
import { formatPercent } from '../../../format';
import type { PairedComparison } from '../../../verdict/speed-verdict';
import type { TableDetail } from '../../pass-details';
import { refuseWhole, type Refusal } from '../../pass';
import type { Widths } from './choose/channel-widths';
import { meetsTime, type TimedShare } from './choose/seek-share';

/** Widths that were timed against the original model. */
export interface TimedWidths extends TimedShare {
  readonly widths: Widths;
  /** The share of the MACs that whole channels remove. */
  readonly macsRemoved: number;
}

/** The share of the run time that a model saves. `ratio`: how many times as fast it is. */
export function timeSaved(ratio: number): number {
  return 1 - 1 / ratio;
}

const places = { wasm: 'WASM with one thread', webgpu: 'WebGPU' } as const;

/** The saved share of the time, with its interval. */
export function timeText({ ratio, interval }: PairedComparison): string {
  const [low, high] = interval.map((bound) => formatPercent(timeSaved(bound)));
  return `${formatPercent(timeSaved(ratio))} (${low} to ${high})`;
}

/** A refusal if even the upper bound of the saved time is below the target. */
export function refuseLessTime({ interval }: PairedComparison, wanted: number): readonly Refusal[] {
  if (meetsTime({ saved: timeSaved(interval[1]) }, wanted)) return [];
  const reason =
    'The time saved is less than the target. If other work on this machine disturbed the timing, run it again; otherwise ask for more.';
  return [refuseWhole('less-time', reason)];
}

export function timeSentence(comparison: PairedComparison, timedOn: keyof typeof places): string {
  return `${timeText(comparison)} of the run time removed, measured here on ${places[timedOn]}. On another machine, the same recipe may remove other channels.`;
}

export function timesDetail(timed: readonly TimedWidths[]): TableDetail {
  return {
    kind: 'table',
    title: 'Timed widths, by least time',
    columns: [
      { label: 'MACs removed', unit: 'share' },
      { label: 'Time saved', unit: 'share' },
    ],
    rows: timed.map(({ macsRemoved, saved }) => [macsRemoved, saved]),
  };
}
