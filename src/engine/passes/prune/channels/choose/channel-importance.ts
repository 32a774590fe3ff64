/** How much each channel matters: the lowest go first. */
import { isLock } from '../../../../onnx/coupling/atoms';
import type { ChannelGroup, ChannelLayer } from '../../../../onnx/coupling/channel-groups';
import type { CoupledChannels } from '../../../../onnx/coupling/couple-channels';
import type { ValueName } from '../../../../onnx/graph';
import type { NormalSums } from '../../../../linear-algebra/normal-sums';
import { readFloat32 } from '../../../../onnx/tensor';
import type { SeededRandom } from '../../../../seeded-random';
import { criteria, type ImportanceMeasure } from './importance-criteria';
import { surgeonScores } from './surgeon-importance';

/** A score for each unit of a group. Scores of different groups can be compared: they are parts of a whole of 1 per layer. */
export type UnitScores = readonly Float64Array[];

export interface ImportanceRequest {
  readonly coupled: CoupledChannels;
  readonly groups: readonly ChannelGroup[];
  /** Whether channels of a group may go: of others, only what is quick is worked out. */
  readonly isOpen: (group: number) => boolean;
  readonly measure: ImportanceMeasure;
  /** Sums over the channels that layers read, by the value. */
  readonly inputs: ReadonlyMap<ValueName, NormalSums>;
  readonly random: SeededRandom;
  readonly checkpoint: () => Promise<void>;
}

/**
 * By `criteria`. What a criterion says of an axis counts as the share that each position has in the sum; a unit has the mean of its
 * shares over the axes, or their sum where it counts what layers make of a channel. Groups of which it says nothing (no layer that
 * reads them was observed, no BatchNormalization lies on them) fall back to `l2`.
 */
export async function channelImportance(request: ImportanceRequest): Promise<UnitScores> {
  const { coupled, groups, isOpen, measure, inputs, random, checkpoint } = request;
  const { by, needsData } = criteria[measure];
  // What groups fall back to is worked out anyway.
  const onAxis = measure === 'l2' ? undefined : criteria[measure].onAxis;
  if (by === 'chance') return groups.map(({ units }) => Float64Array.from(units, () => random.next()));
  const places = unitPlaces(groups);
  const usual = new UnitSums(groups);
  const own = new UnitSums(groups);
  for (const layer of new Set(groups.flatMap((group) => group.layers))) {
    const tensor = coupled.constants.get(layer.weight)!;
    const [values, dims] = [readFloat32(tensor), tensor.dims.map(Number)];
    coupled.values.get(layer.weight)!.forEach((atoms, axis) => {
      if (isLock(atoms)) return;
      const roots = Array.from(atoms, (atom) => coupled.space.classOf(atom));
      if (!roots.some((root) => places.has(root))) return;
      const scored = { values, dims, axis, role: roleOf(layer, axis), seen: inputs.get(layer.data) };
      usual.add(criteria.l2.onAxis!(scored)!, roots, places);
      const found = onAxis?.(scored);
      if (found) own.add(found, roots, places);
    });
    await checkpoint();
  }
  if (by === 'normalization scales') addScales(coupled, own, places);
  const scores: Float64Array[] = [];
  for (const [index, group] of groups.entries()) {
    const surgeon =
      by === 'surgery' && isOpen(index) ? await surgeonScores(coupled, group, inputs, checkpoint) : undefined;
    const counted = needsData ? own.sums[index]! : own.means(index);
    scores.push(surgeon ?? (own.counts[index]! > 0 ? counted : usual.means(index)));
  }
  return scores;
}

function roleOf({ consumes, produces }: ChannelLayer, axis: number): 'consumes' | 'produces' | undefined {
  if (axis === consumes) return 'consumes';
  return axis === (produces ?? 0) ? 'produces' : undefined;
}

function addScales({ nodes, constants, values, space }: CoupledChannels, sums: UnitSums, places: Places): void {
  for (const { visit } of nodes) {
    const scale = visit.node.opType === 'BatchNormalization' ? visit.node.inputs[1]! : '';
    const axis = values.get(scale)?.[0];
    const tensor = constants.get(scale);
    if (tensor === undefined || axis === undefined || isLock(axis)) continue;
    const roots = Array.from(axis, (atom) => space.classOf(atom));
    sums.add(Float64Array.from(readFloat32(tensor), Math.abs), roots, places);
  }
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

  /** The shares of positions in what they add up to. */
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
