/** The request of a search, on any host. */
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
import type { OptimizedModel } from '../jobs/model-calls';
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
  /** `null`: outputs are compared on random inputs. */
  readonly data: SearchData | null;
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
  /** The seed of the inputs that are timed. Absent: that of the goal. */
  readonly measuringSeed?: number;
  /** Names model, data and split: a search goes on only where these are the same. */
  readonly basis: string;
  /** The results of an earlier search on the same basis. `null`: it is new. */
  readonly from: SearchState | null;
  /** Each better candidate is reported as a file while the search runs. */
  readonly reportsBest?: boolean;
  /** False if that was on another device: its timings are repeated. */
  readonly keepsTimings?: boolean;
}

/** The environment of a search. */
export interface SearchHost extends RecipeHost {
  /** Sessions that evaluate and compare. Their workers may serve one session after the other. */
  readonly sessions: SessionHost;
  /** Sessions that time models. Each has a fresh worker. */
  readonly measuring: MeasureHost;
  /** The most threads of a session. */
  readonly mostThreads: number;
  /** Features of the GPU. Candidates that cannot run on it are not tried if they would be timed there. */
  readonly webgpu?: Device['webgpu'];
  /** Runs a job while nothing else measures. */
  exclusively<Value>(signal: AbortSignal, job: () => Promise<Value>): Promise<Value>;
}

/** A cell that was measured for the search, or a candidate in turns with the original: evidence beside the events. */
export type SearchMeasurement = Extract<MeasureEvent, { readonly kind: 'cell' | 'comparison' }>;

/** A candidate that is recommended until a better one is found, as a file. */
export interface BetterFound {
  readonly kind: 'better';
  readonly id: string;
  readonly model: OptimizedModel;
}

export interface SearchFollower {
  /** Receives each result when it is found. */
  event(event: SearchEvent): void;
  measured?(measurement: SearchMeasurement): void;
  better?(found: BetterFound): void;
  progress(progress: Progress): void;
}
