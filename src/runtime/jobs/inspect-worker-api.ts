/** What passes between the page and the worker that describes models: plain data and Blobs. */
import type { ChangedNode } from '../../engine/analysis/diff';
import type { GraphBlock } from '../../engine/analysis/describe-blocks';
import type { GraphStructure } from '../../engine/analysis/describe-graphs';
import type { DuplicateWeights } from '../../engine/analysis/duplicate-weights';
import type { ExaminedNode } from '../../engine/analysis/examine-node';
import type { Inspection } from '../../engine/analysis/inspection';
import type { WeightStatistics } from '../../engine/analysis/weight-statistics';
import type { FreeDimensions } from '../../engine/data/feeds';
import type { Outcome } from '../../engine/errors';
import type { ModelFiles } from '../models/model-files';

export interface ModelDescription {
  /** With sizes for the free dimensions: shapes and MACs are numbers wherever the operators tell. */
  readonly inspection: Inspection;
  readonly graphs: readonly GraphStructure[];
}

/** How two models differ, with what a view side by side needs besides: who stands for whom. Nodes by their paths. */
export interface GraphDifference {
  readonly same: number;
  readonly changed: readonly ChangedNode[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
  readonly pairs: readonly (readonly [a: string, b: string])[];
}

/** A model by the caller's name for it, which saves reading it again. */
export interface NamedModel {
  readonly id: number;
  readonly files: ModelFiles;
}

export interface InspectWorker {
  cancel(call: number): void;
  describe(
    call: number,
    port: MessagePort,
    model: NamedModel,
    dimensions: FreeDimensions,
  ): Promise<Outcome<ModelDescription>>;
  /** `null`: there is no node with this path. */
  examine(call: number, port: MessagePort, model: NamedModel, nodePath: string): Promise<Outcome<ExaminedNode | null>>;
  /** `null`: its elements are no numbers that can be read. */
  statistics(
    call: number,
    port: MessagePort,
    model: NamedModel,
    weightPath: string,
  ): Promise<Outcome<WeightStatistics | null>>;
  /** Shares of zeros by the node's path; progress counts elements. */
  sparsity(call: number, port: MessagePort, model: NamedModel): Promise<Outcome<ReadonlyMap<string, number | null>>>;
  /** Groups of equal weights. Reads the beginning of every weight, and all of those that begin alike. */
  duplicates(call: number, port: MessagePort, model: NamedModel): Promise<Outcome<readonly DuplicateWeights[]>>;
  /** Repeated blocks by the path of their graph. */
  blocks(
    call: number,
    port: MessagePort,
    model: NamedModel,
  ): Promise<Outcome<ReadonlyMap<string, readonly GraphBlock[]>>>;
  compare(call: number, port: MessagePort, a: NamedModel, b: NamedModel): Promise<Outcome<GraphDifference>>;
}
