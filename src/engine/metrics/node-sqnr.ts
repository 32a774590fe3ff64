/** Similarity of the values that a node of the original and its partner in the variant compute on the same inputs. */
export interface NodeSqnr {
  /** Paths of the nodes that compute the value, in the original and in the variant. */
  readonly a: string;
  readonly b: string;
  /** The operator of the node in the variant. */
  readonly op: string;
  /** Name of the value, in the variant; empty when it could not be compared. */
  readonly value: string;
  /**
   * Signal to quantization noise over all elements of all samples, dB, as `OutputComparison` computes it; with the errors of
   * everything before the node in it. `null` when it could not be compared.
   */
  readonly sqnrDb: number | null;
  /**
   * SQNR of the node alone, dB. It is fed the original's values, so errors of earlier nodes are not in it. Nodes in
   * between that the original lacks are included. `null` if it could not be run alone, or if the feeds of one sample
   * exceed 64 MB. Absent without a value.
   */
  readonly localSqnrDb?: number | null;
  readonly maxAbs?: number;
  /** A sentence with the reason why the values could not be compared. */
  readonly reason?: string;
}

/** The default number of samples for a comparison. More samples change little, because every value has thousands of elements. */
export const usualSqnrSamples = 4;

export interface NodeSqnrs {
  /** Samples that both models were run on, and where they came from. */
  readonly samples: number;
  readonly inputs: 'synthetic' | 'data';
  /** One entry per value, in the order of the original; nodes that share no value with the other model have none. */
  readonly nodes: readonly NodeSqnr[];
}

/**
 * Returns the SQNR by the path of a node: the worst of several outputs, and `null` for nodes that could not be
 * compared.
 */
export function sqnrByPath(
  nodes: readonly NodeSqnr[],
  side: 'a' | 'b',
  figure: 'sqnrDb' | 'localSqnrDb' = 'sqnrDb',
): ReadonlyMap<string, number | null> {
  const found = new Map<string, number | null>();
  for (const { [side]: path, [figure]: sqnr = null } of nodes) {
    const known = found.get(path) ?? null;
    found.set(path, sqnr === null ? known : Math.min(sqnr, known ?? Infinity));
  }
  return found;
}
