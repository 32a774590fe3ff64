/** The importance of each channel. The least important are removed first. */
import { isLock } from '../../../../onnx/coupling/atoms';
import type { ChannelGroup } from '../../../../onnx/coupling/channel-groups';
import type { CoupledChannels } from '../../../../onnx/coupling/couple-channels';
import type { ValueName } from '../../../../onnx/graph';
import type { NormalSums } from '../../../../linear-algebra/normal-sums';
import { readFloat32 } from '../../../../onnx/tensor';
import { surgeonScores } from './surgeon-importance';
import { productOf } from '../../../../product-of';

/** A score for each unit of a group. Scores of different groups can be compared: they are parts of a whole of 1 per layer. */
export type UnitScores = readonly Float64Array[];

export interface ImportanceRequest {
  readonly coupled: CoupledChannels;
  readonly groups: readonly ChannelGroup[];
  /** True if channels of a group may be removed. Other groups get only quick scores. */
  readonly isOpen: (group: number) => boolean;
  readonly measure: 'l2' | 'obs';
  /** Sums over the channels that layers read, by the value. */
  readonly inputs: ReadonlyMap<ValueName, NormalSums>;
  readonly checkpoint: () => Promise<void>;
}

/**
 * Scores a unit by the squares of all weights that its channels are part of (DepGraph, Fang et al. 2023). Each axis
 * gives a share of its sum, and the score is the mean of the shares over the axes. With `obs`, a group has the scores
 * of `surgeonScores` if the layers that read it were observed.
 */
export async function channelImportance(request: ImportanceRequest): Promise<UnitScores> {
  const { coupled, groups, isOpen, measure, inputs, checkpoint } = request;
  const places = unitPlaces(groups);
  const squares = new UnitSums(groups);
  for (const layer of new Set(groups.flatMap((group) => group.layers))) {
    const tensor = coupled.constants.get(layer.weight)!;
    const [values, dims] = [readFloat32(tensor), tensor.dims.map(Number)];
    coupled.values.get(layer.weight)!.forEach((atoms, axis) => {
      if (isLock(atoms)) return;
      const roots = Array.from(atoms, (atom) => coupled.space.classOf(atom));
      if (roots.some((root) => places.has(root))) squares.add(axisSquares(values, dims, axis), roots, places);
    });
    await checkpoint();
  }
  const scores: Float64Array[] = [];
  for (const [index, group] of groups.entries()) {
    const surgeon =
      measure === 'obs' && isOpen(index) ? await surgeonScores(coupled, group, inputs, checkpoint) : undefined;
    scores.push(surgeon ?? squares.means(index));
  }
  return scores;
}

/** The sum of the squares at each position of the axis. */
function axisSquares(values: Float32Array, dims: readonly number[], axis: number): Float64Array {
  const size = dims[axis]!;
  const inner = productOf(dims.slice(axis + 1));
  const sums = new Float64Array(size);
  for (let start = 0, position = 0; start < values.length; start += inner, position = (position + 1) % size) {
    let sum = 0;
    for (let at = start; at < start + inner; at += 1) sum += values[at]! * values[at]!;
    sums[position]! += sum;
  }
  return sums;
}

type Places = ReadonlyMap<number, readonly [group: number, unit: number]>;

function unitPlaces(groups: readonly ChannelGroup[]): Places {
  return new Map(groups.flatMap(({ units }, group) => units.map((root, unit) => [root, [group, unit]] as const)));
}

class UnitSums {
  readonly sums: readonly Float64Array[];
  /** The number of axes that were added to each group. */
  readonly counts: number[];

  constructor(groups: readonly ChannelGroup[]) {
    this.sums = groups.map(({ units }) => new Float64Array(units.length));
    this.counts = groups.map(() => 0);
  }

  /** The shares of positions in their sum. */
  add(parts: Float64Array, roots: readonly number[], places: Places): void {
    const total = parts.reduce((sum, part) => sum + part, 0) || 1;
    const met = new Set<number>();
    parts.forEach((part, at) => {
      const place = places.get(roots[at]!);
      if (place === undefined) return;
      const [group, unit] = place;
      this.sums[group]![unit]! += part / total;
      met.add(group);
    });
    for (const group of met) this.counts[group]! += 1;
  }

  means(group: number): Float64Array {
    return this.sums[group]!.map((sum) => sum / Math.max(1, this.counts[group]!));
  }
}
