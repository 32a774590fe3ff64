/** What a search is given, on any host. */
import type { CalibrationSource } from '../../engine/data/calibration-data';
import type { Dataset } from '../../engine/data/dataset';
import type { FreeDimensions } from '../../engine/data/feeds';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import type { Device } from '../../engine/metrics/cell';
import type { Progress } from '../../engine/progress';
import type { OpenedInput } from '../../engine/recipe/open-model';
import type { RecipeHost } from '../../engine/recipe/recipe-host';
import type { SearchGoal } from '../../engine/search/search-goal';
import type { SearchEvent, SearchState } from '../../engine/search/search-journal';
import type { MeasureEvent, MeasureHost } from '../benchmark/measure-request';
import type { ModelFiles } from '../models/model-files';
import type { SessionHost } from '../session/session-host';

export interface SearchData {
  readonly dataset: Dataset;
  readonly mapping: DataMapping;
  /** The samples that may evaluate, ascending. None of them calibrates. */
  readonly indices: readonly number[];
  /** `null`: nothing calibrates. */
  readonly calibration: CalibrationSource | null;
}

export interface SearchRequest {
  readonly opened: OpenedInput;
  /** The same model as it is run. */
  readonly original: ModelFiles;
  readonly goal: SearchGoal;
  /** `null`: outputs are compared on inputs that are made up. */
  readonly data: SearchData | null;
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
  /** Of the inputs that are timed; absent: that of the goal. */
  readonly measuringSeed?: number;
  /** Names model, data and split: a search goes on only where these are the same. */
  readonly basis: string;
  /** What an earlier search on the same basis found; `null`: it begins anew. */
  readonly from: SearchState | null;
  /** False where that was on another device: what it timed is timed again. */
  readonly keepsTimings?: boolean;
}

/** Where a search runs. */
export interface SearchHost extends RecipeHost {
  /** Sessions that evaluate and compare. Their workers may serve one session after the other. */
  readonly sessions: SessionHost;
  /** What times: each session has a fresh worker. */
  readonly measuring: MeasureHost;
  /** What the GPU can do: what is known not to run there is not tried where it is timed there. */
  readonly webgpu?: Device['webgpu'];
  /** While nothing else measures. */
  exclusively<Value>(signal: AbortSignal, job: () => Promise<Value>): Promise<Value>;
}

/** A cell that was measured for the search, or a candidate in turns with the original: evidence beside the events. */
export type SearchMeasurement = Extract<MeasureEvent, { readonly kind: 'cell' | 'comparison' }>;

export interface SearchFollower {
  /** What was found, as it is found. */
  event(event: SearchEvent): void;
  measured?(measurement: SearchMeasurement): void;
  progress(progress: Progress): void;
}
