/** Calls between the page and the worker that searches: plain data and Blobs. */
import type { FreeDimensions } from '../../engine/data/feeds';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import type { DataSplit } from '../../engine/data/split';
import type { Progress } from '../../engine/progress';
import type { SearchGoal } from '../../engine/search/search-goal';
import type { Sensitivity, SensitivityMetric } from '../../engine/search/sensitivity';
import type { SensitivityTechnique } from '../../engine/search/sensitivity-techniques';
import type { SearchEvent, SearchState } from '../../engine/search/search-journal';
import type { BetterFound, SearchMeasurement } from '../search/search-request';
import type { ModelFiles } from '../models/model-files';
import type { Call } from './call';
import type { DroppedDataFile } from './data-calls';
import type { CalibrationFiles, OptimizedModel } from './model-calls';

export interface BrowserSearchRequest {
  readonly goal: SearchGoal;
  /** `null`: there is no data. */
  readonly data: {
    readonly key: string;
    readonly files: readonly DroppedDataFile[];
    readonly mapping: DataMapping;
    /** The split, whose evaluation part evaluates candidates. */
    readonly split: DataSplit;
    readonly calibration: CalibrationFiles | null;
  } | null;
  /** The number of threads; the device's default if absent. */
  readonly threads?: number;
  readonly freeDimensions: FreeDimensions;
  readonly measuringSeed: number;
  readonly basis: string;
  /** The search that it continues. */
  readonly from: SearchState | null;
  /** Each better candidate is reported as a file while the search runs. */
  readonly reportsBest?: boolean;
}

export interface BrowserSensitivityRequest extends Pick<BrowserSearchRequest, 'data' | 'threads' | 'freeDimensions'> {
  readonly technique: SensitivityTechnique['id'];
  /** The metric; the kinds of the outputs decide if absent. */
  readonly metric?: SensitivityMetric;
  /** Earlier results of the same model with the same data and technique. */
  readonly known?: Sensitivity;
  readonly budgetMs?: number;
}

/** All that is known so far, after each layer. */
export interface SensitivityEvent {
  readonly kind: 'measured';
  readonly found: Sensitivity;
}

export interface SearchCalls {
  /** The cost of each layer for the outputs, alone and with all layers that cost less. */
  sensitivity: Call<
    [original: ModelFiles, request: BrowserSensitivityRequest],
    Sensitivity,
    SensitivityEvent | Progress
  >;
  /** Returns the recommended candidate, or `null`. Everything else is reported as it becomes known. */
  search: Call<
    [original: ModelFiles, request: BrowserSearchRequest],
    OptimizedModel | null,
    SearchEvent | SearchMeasurement | BetterFound | Progress
  >;
}
