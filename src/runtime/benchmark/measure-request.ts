/** The request and the events of a benchmark. */
import type { Feeds, FreeDimensions } from '../../engine/data/feeds';
import type {
  CellFailure,
  CellResult,
  Comparison,
  ExecutionProvider,
  MeasuringBudget,
} from '../../engine/metrics/cell';
import type { Progress } from '../../engine/progress';
import type { Clock } from './budget';
import type { Reference } from './reference-outputs';
import type { SessionHost } from '../session/session-host';
import type { ModelFiles } from '../models/model-files';

export interface MeasureRequest {
  readonly original: ModelFiles;
  readonly variants: readonly { readonly id: string; readonly files: ModelFiles }[];
  /** `originalId` may be asked for alone. */
  readonly cells: readonly { readonly variant: string; readonly ep: ExecutionProvider }[];
  readonly freeDimensions: FreeDimensions;
  /** Inputs made from data, which replace random ones of the same shapes. Absent or `null`: there is no data. */
  readonly feeds?: readonly Feeds[] | null;
  readonly seed: number;
  readonly budget: MeasuringBudget;
  /** A cell takes no longer than this, even if the budget would allow more. */
  readonly mostCellMs?: number;
  /** The least number of pairs, instead of that of the budget. More follow while they leave the speed open. */
  readonly fewestPairs?: number;
  /** Noise floors of providers whose original was measured before: its own cell need not be asked for again. */
  readonly noiseFloors?: ReadonlyMap<ExecutionProvider, number>;
  /**
   * The reference outputs of an earlier request for the same original, feeds, seed and sizes. If absent, the original
   * is run to get them.
   */
  readonly reference?: Reference;
  readonly threads: number;
  /** Sets every free dimension that counts samples. */
  readonly batch?: number;
  /** Measures the time of each node too. */
  readonly perNode?: boolean;
}

export type MeasureEvent =
  | {
      readonly kind: 'progress';
      readonly variant: string;
      readonly ep: ExecutionProvider;
      readonly progress: Progress;
    }
  | { readonly kind: 'cell'; readonly result: CellResult }
  | { readonly kind: 'comparison'; readonly comparison: Comparison }
  | { readonly kind: 'failure'; readonly failure: CellFailure };

export interface MeasureHost {
  readonly sessions: SessionHost;
  readonly timerResolutionUs: number;
  readonly crossOriginIsolated: boolean;
  /** True when WebGPU runs on the CPU: its times say nothing about a GPU. */
  readonly softwareAdapter: boolean;
  /** The clock, in ms. The platform's clock if absent. */
  readonly now?: Clock;
}

/** One cell that is asked for. */
export type CellRequest = MeasureRequest['cells'][number];
