/** Calls between the page and the worker that inspects models: plain data and Blobs. */
import type { ChangedNode } from '../../engine/analysis/diff/diff';
import type { GraphBlock } from '../../engine/analysis/graphs/inspect-blocks';
import type { GraphStructure } from '../../engine/analysis/graphs/inspect-graphs';
import type { DuplicateWeights } from '../../engine/analysis/weights/duplicate-weights';
import type { NodeContents } from '../../engine/analysis/inspect-node-contents';
import type { Inspection } from '../../engine/analysis/inspection';
import type { WeightStatistics } from '../../engine/analysis/weights/weight-statistics';
import type { FreeDimensions } from '../../engine/data/feeds';
import type { ModelFiles } from '../models/model-files';
import type { Call } from './call';

export interface InspectedModel {
  /** The inspection with sizes for the free dimensions: shapes and MACs are numbers if the operators determine them. */
  readonly inspection: Inspection;
  readonly graphs: readonly GraphStructure[];
}

/**
 * The differences between two models, with the matched nodes that a view side by side needs. Nodes are named by their
 * paths.
 */
export interface GraphDifference {
  readonly same: number;
  readonly changed: readonly ChangedNode[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
  readonly pairs: readonly (readonly [a: string, b: string])[];
}

/** Looking at a model. */
export interface InspectCalls {
  /** Graphs, and what `inspect` tells with these sizes for the free dimensions. */
  inspect: Call<[files: ModelFiles, dimensions: FreeDimensions], InspectedModel>;
  /** `null`: there is no node with this path. */
  contents: Call<[files: ModelFiles, nodePath: string], NodeContents | null>;
  /** `null`: the elements of the weight are no numbers that can be read. */
  statistics: Call<[files: ModelFiles, weightPath: string], WeightStatistics | null>;
  /**
   * Share of zeros in the weights of each node, by its path; `null` if they cannot be read. Reads all weights; progress
   * counts elements.
   */
  sparsity: Call<[files: ModelFiles], ReadonlyMap<string, number | null>>;
  /** Groups of equal weights, those that take most first. Reads the beginning of every weight, and all of those that begin alike. */
  duplicates: Call<[files: ModelFiles], readonly DuplicateWeights[]>;
  /** Repeated blocks by the path of their graph. */
  blocks: Call<[files: ModelFiles], ReadonlyMap<string, readonly GraphBlock[]>>;
  /** Node by node, weights bit by bit. */
  compare: Call<[a: ModelFiles, b: ModelFiles], GraphDifference>;
}
