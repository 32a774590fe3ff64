/** The cost of a model with a number of channels removed from each group, without making it. */
import { bitsPerElement, DataType, isFloatDataType } from '../../../../onnx/data-type';
import { isLock, type AxisAtoms } from '../../../../onnx/coupling/atoms';
import type { ChannelGroup } from '../../../../onnx/coupling/channel-groups';
import type { CoupledChannels } from '../../../../onnx/coupling/couple-channels';
import type { Tensor } from '../../../../onnx/graph';
import type { InferredModel } from '../../../../onnx/infer';
import { workOver } from '../../../../onnx/ops/coupling/coupling-rule';
import { elementCount } from '../../../../onnx/tensor';

export type CostMeasure = 'macs' | 'parameters' | 'bytes' | 'channels';

/** An axis of `size` positions, of which each removed unit of some groups takes a number. */
interface CostAxis {
  readonly size: number;
  readonly taken: readonly (readonly [group: number, perUnit: number])[];
}

/** A product of the sizes of axes, times a factor that does not change. */
interface CostTerm {
  readonly whole: number;
  readonly axes: readonly CostAxis[];
}

/** Counts exactly: a product over the axes of each node and each weight. */
export class RemovalCost {
  readonly #terms: Readonly<Record<CostMeasure, readonly CostTerm[]>>;

  /**
   * @param inferred with sizes for free dimensions, so that MACs are numbers.
   * @param others weights in graphs inside nodes, which stay unchanged.
   */
  constructor(
    coupled: CoupledChannels,
    groups: readonly ChannelGroup[],
    inferred: InferredModel,
    others: readonly Tensor[] = [],
  ) {
    const groupOf = new Map<number, number>();
    groups.forEach(({ units }, group) => units.forEach((unit) => groupOf.set(unit, group)));
    const axisOf = (axis: AxisAtoms): readonly CostAxis[] => {
      if (isLock(axis)) return [];
      const counts = new Map<number, number>();
      for (const atom of axis) {
        const group = groupOf.get(coupled.space.classOf(atom));
        if (group !== undefined) counts.set(group, (counts.get(group) ?? 0) + 1);
      }
      const taken = Array.from(counts, ([group, count]) => [group, count / groups[group]!.units.length] as const);
      return taken.length === 0 ? [] : [{ size: axis.length, taken }];
    };
    const floats = [...coupled.constants].filter(([, tensor]) => isFloatDataType(tensor.dataType ?? 0));
    const constantTerms = floats.map(([name, tensor]) => ({
      tensor,
      whole: elementCount(tensor),
      axes: coupled.values.get(name)!.flatMap(axisOf),
    }));
    for (const tensor of others) constantTerms.push({ tensor, whole: elementCount(tensor), axes: [] });
    this.#terms = {
      macs: coupled.nodes.flatMap(({ visit, coupling }) =>
        (coupling.work ?? workOver()).map(({ share, axes }) => ({
          whole: share * (inferred.macs(visit.node) ?? 0),
          axes: axes.flatMap(axisOf),
        })),
      ),
      parameters: constantTerms,
      bytes: constantTerms.map(({ tensor, whole, axes }) => ({
        whole: (whole * (bitsPerElement(tensor.dataType ?? DataType.undefined) ?? 0)) / 8,
        axes,
      })),
      channels: groups.map(({ units }, group) => ({
        whole: units.length,
        axes: [{ size: units.length, taken: [[group, 1]] }],
      })),
    };
  }

  /** The cost of the original model. */
  whole(measure: CostMeasure): number {
    return this.#terms[measure].reduce((sum, { whole }) => sum + whole, 0);
  }

  /** @param removed so many units of each group. */
  of(measure: CostMeasure, removed: readonly number[]): number {
    let sum = 0;
    for (const { whole, axes } of this.#terms[measure]) {
      let left = whole;
      for (const { size, taken } of axes) {
        let gone = 0;
        for (const [group, perUnit] of taken) gone += perUnit * removed[group]!;
        left *= 1 - gone / size;
      }
      sum += left;
    }
    return sum;
  }
}
