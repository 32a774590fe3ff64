/**
 * Layers that end a residual block: their output is added to the values that bypass the block. A layer that is fitted
 * to the sum also compensates for the losses of the other summand (He et al. 2017). Errors then do not add up from
 * block to block.
 */
import type { Model, ValueName } from '../../../../onnx/graph';
import { namesReadBy } from '../../../../onnx/subgraphs';
import type { OutputPath } from './output-paths';
import type { RepairableLayer } from './repairable-layers';

export interface ResidualSum {
  /** The other part of the sum. */
  readonly skip: ValueName;
  /** The factor of each output of the layer on its way to the sum. Absent: 1. */
  readonly scales?: Float64Array;
}

/** Outputs that count for so little of a sum do not carry its error. */
export const leastScale = 1e-3;

/**
 * Residual sums by the value that a layer computes. Only the sum may read the layer, at most through BatchNormalization
 * or an added constant. The other part of the sum must not be constant.
 */
export function residualSums(paths: ReadonlyMap<ValueName, OutputPath>): ReadonlyMap<ValueName, ResidualSum> {
  return new Map(
    Array.from(paths).flatMap(([output, { skip, scales }]) =>
      skip === undefined ? [] : [[output, { skip, ...(scales && { scales }) }] as const],
    ),
  );
}

/** The sums whose other part is what it will be by the time that their layer is fitted: in steps, one after the other. */
export function settledSums(
  model: Model,
  sums: ReadonlyMap<ValueName, ResidualSum>,
  steps: readonly (readonly RepairableLayer[])[],
): ReadonlyMap<ValueName, ResidualSum> {
  const stepOf = new Map(steps.flatMap((layers, step) => layers.map(({ output }) => [output, step] as const)));
  // The last step that changes each value: nodes come in topological order.
  const changedIn = new Map<ValueName, number>();
  const lastOf = (names: readonly ValueName[]): number =>
    Math.max(-1, ...names.map((name) => changedIn.get(name) ?? -1));
  for (const node of model.graph!.nodes) {
    const before = lastOf(namesReadBy(node));
    for (const name of node.outputs) changedIn.set(name, Math.max(before, stepOf.get(name) ?? -1));
  }
  return new Map([...sums].filter(([output, { skip }]) => lastOf([skip]) < (stepOf.get(output) ?? -1)));
}
