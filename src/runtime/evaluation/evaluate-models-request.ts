/** The request of an evaluation. */
import type { Dataset } from '../../engine/data/dataset';
import type { FreeDimensions } from '../../engine/data/feeds';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import type { OutputEvidence } from '../../engine/metrics/output-kind';
import type { ModelFiles } from '../models/model-files';

export interface EvaluateModelsRequest {
  /** The original first: the others are compared with it. */
  readonly models: readonly { readonly id: string; readonly files: ModelFiles }[];
  readonly dataset: Dataset;
  /** The samples to evaluate, ascending. */
  readonly indices: readonly number[];
  readonly mapping: DataMapping;
  /**
   * The ways in which the original's graph computes its outputs. If absent, values and shapes alone decide the kinds.
   */
  readonly endings?: OutputEvidence['endings'];
  readonly ep: ExecutionProvider;
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
  /** Samples fed at once if the batch dimension is free; absent: as many as are useful. */
  readonly batch?: number;
  /** Tokens that each model writes after the beginning of each text, to compare whole sequences. Absent: none. */
  readonly generate?: number;
  /** Lists the samples whose answers changed most. */
  readonly listsChanges?: boolean;
}
