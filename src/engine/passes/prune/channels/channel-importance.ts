/** How much each channel matters: the lowest go first. */
import { isLock } from '../../../onnx/coupling/atoms';
import type { ChannelGroup } from '../../../onnx/coupling/channel-groups';
import type { CoupledChannels } from '../../../onnx/coupling/couple-channels';
import type { ValueName } from '../../../onnx/graph';
import type { NormalSums } from '../../../linear-algebra/normal-sums';
import { readFloat32 } from '../../../onnx/tensor';
import { surgeonScores } from './surgeon-importance';

export type ImportanceMeasure = 'l2' | 'l1' | 'wanda' | 'obs';

/** Which of them look at what layers are given. */
export const importanceNeedsData: Readonly<Record<ImportanceMeasure, boolean>> = {
  l2: false,
  l1: false,
  wanda: true,
  obs: true,
};

/** Sums over the channels that layers read, by the value. */
export type InputSums = ReadonlyMap<ValueName, NormalSums>;

/** A score for each unit of a group. Scores of different groups can be compared: they are parts of a whole of 1 per layer. */
export type UnitScores = readonly Float64Array[];

/**
 * `l1`, `l2`: the share that a channel has in the sum of magnitudes, or of squares, of every weight that it is part of, the mean over
 * these weights (DepGraph, Fang et al. 2023). `wanda`: the share that it has in what layers make of it, ‖W[:, u]‖² · E[x_u²], the
 * sum over the layers that read it (Sun et al. 2023, for channels). `obs`: see `surgeonScores`. Groups that no observed layer reads
 * fall back to `l2`.
 */
export async function channelImportance(
  coupled: CoupledChannels,
  groups: readonly ChannelGroup[],
  measure: ImportanceMeasure,
  inputs: InputSums,
  checkpoint: () => Promise<void>,
): Promise<UnitScores> {
  const places = unitPlaces(groups);
  const byWeight = new UnitSums(groups);
  const byUse = new UnitSums(groups);
  const layers = new Set(groups.flatMap((group) => group.layers));
  for (const layer of layers) {
    const weight = coupled.constants.get(layer.weight)!;
    const values = readFloat32(weight);
    const dims = weight.dims.map(Number);
    coupled.values.get(layer.weight)!.forEach((atoms, axis) => {
      if (isLock(atoms)) return;
      const roots = Array.from(atoms, (atom) => coupled.space.classOf(atom));
      const sums = axisSums(values, dims, axis, measure === 'l1' ? Math.abs : (value) => value * value);
      byWeight.add(shares(sums), roots, places);
      const seen = measure === 'wanda' && axis === layer.consumes ? inputs.get(layer.data) : undefined;
      if (seen?.inputs !== sums.length) return;
      byUse.add(shares(sums.map((sum, at) => sum * meanSquare(seen, at))), roots, places);
    });
    await checkpoint();
  }
  const scores: Float64Array[] = [];
  for (const [index, group] of groups.entries()) {
    const surgeon = measure === 'obs' ? await surgeonScores(coupled, group, inputs, checkpoint) : undefined;
    scores.push(surgeon ?? (byUse.counts[index]! > 0 ? byUse.sums[index]! : byWeight.means(index)));
  }
  return scores;
}

function meanSquare({ gram, inputs, samples }: NormalSums, at: number): number {
  return gram[at * inputs + at]! / samples;
}

type Places = ReadonlyMap<number, readonly [group: number, unit: number]>;

function unitPlaces(groups: readonly ChannelGroup[]): Places {
  return new Map(groups.flatMap(({ units }, group) => units.map((root, unit) => [root, [group, unit]] as const)));
}

class UnitSums {
  readonly sums: readonly Float64Array[];
  /** How many axes were added to each group. */
  readonly counts: number[];

  constructor(groups: readonly ChannelGroup[]) {
    this.sums = groups.map(({ units }) => new Float64Array(units.length));
    this.counts = groups.map(() => 0);
  }

  add(parts: Float64Array, roots: readonly number[], places: Places): void {
    const met = new Set<number>();
    parts.forEach((part, at) => {
      const place = places.get(roots[at]!);
      if (place === undefined) return;
      const [group, unit] = place;
      this.sums[group]![unit]! += part;
      met.add(group);
    });
    for (const group of met) this.counts[group]! += 1;
  }

  means(group: number): Float64Array {
    return this.sums[group]!.map((sum) => sum / Math.max(1, this.counts[group]!));
  }
}

/** What each position of an axis adds up to. */
function axisSums(
  values: Float32Array,
  dims: readonly number[],
  axis: number,
  of: (value: number) => number,
): Float64Array {
  const size = dims[axis]!;
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const sums = new Float64Array(size);
  for (let start = 0, position = 0; start < values.length; start += inner, position = (position + 1) % size) {
    let sum = 0;
    for (let at = start; at < start + inner; at += 1) sum += of(values[at]!);
    sums[position]! += sum;
  }
  return sums;
}

function shares(sums: Float64Array): Float64Array {
  const total = sums.reduce((sum, value) => sum + value, 0);
  return total > 0 ? sums.map((value) => value / total) : sums;
}
