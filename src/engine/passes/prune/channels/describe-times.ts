/** What the pass tells where the time of a run was the target. */
import { formatPercent } from '../../../format';
import type { PairedComparison } from '../../../metrics/paired-comparison';
import type { TableDetail } from '../../pass-details';
import { refuseWhole, type Refusal } from '../../pass';
import type { Widths } from './choose/channel-widths';
import { meetsTime, type TimedShare } from './choose/seek-share';

/** Widths that were timed against the model as it came. */
export interface TimedWidths extends TimedShare {
  readonly widths: Widths;
  /** Of the MACs, as whole channels make it. */
  readonly macsGone: number;
}

/** The share of the time of a run that goes where a model is so many times as fast. */
export function timeGone(ratio: number): number {
  return 1 - 1 / ratio;
}

const places = { wasm: 'WASM with one thread', webgpu: 'WebGPU' } as const;

/** The share of the time that is gone, with its interval. */
export function timeText({ ratio, interval }: PairedComparison): string {
  const [low, high] = interval.map((bound) => formatPercent(timeGone(bound)));
  return `${formatPercent(timeGone(ratio))} (${low} to ${high})`;
}

/** Where all that may be gone is less than was asked for. */
export function refuseLessTime({ interval }: PairedComparison, wanted: number): readonly Refusal[] {
  if (meetsTime({ gone: timeGone(interval[1]) }, wanted)) return [];
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
    rows: timed.map(({ macsGone, gone }) => [macsGone, gone]),
  };
}
