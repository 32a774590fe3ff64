/** What the pass tells where the time of a run was the target. */
import { formatPercent } from '../../../format';
import type { PairedComparison } from '../../../metrics/paired-comparison';
import type { TableDetail } from '../../pass-details';
import type { Widths } from './channel-widths';
import type { TimedShare } from './seek-share';

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

export function timeSentence({ ratio, interval }: PairedComparison, timedOn: keyof typeof places): string {
  const [low, high] = interval.map((bound) => formatPercent(timeGone(bound)));
  return `${formatPercent(timeGone(ratio))} (${low} to ${high}) of the time of a run is gone, as measured here on ${places[timedOn]}; on another machine the same recipe may take other channels.`;
}

export function timesDetail(timed: readonly TimedWidths[]): TableDetail {
  return {
    kind: 'table',
    title: 'Widths that were timed, by the least times',
    columns: [
      { label: 'MACs gone', unit: 'share' },
      { label: 'Time gone', unit: 'share' },
    ],
    rows: timed.map(({ macsGone, gone }) => [macsGone, gone]),
  };
}
