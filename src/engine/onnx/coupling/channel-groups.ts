/** Channels that can be removed, one unit at a time, in groups of units that touch the same tensors; and why others cannot. */
import type { Node, ValueName } from '../graph';
import { getAttributeInts, isDefaultDomain, producersIn } from '../traverse';
import type { AxisAtoms, Lock } from './atoms';
import { isLock } from './atoms';
import type { CoupledChannels } from './couple-channels';

/** A stored weight that a node multiplies with; recurrent layers have two. */
export interface ChannelLayer {
  readonly path: string;
  readonly node: Node;
  /** A constant, with the axes below. */
  readonly weight: ValueName;
  /** The input of the node through which it comes, and the values between if it is transposed on its way. */
  readonly input: number;
  readonly via: readonly ValueName[];
  /** The value that it multiplies with its weight. */
  readonly data: ValueName;
  /** Axis of the weight that takes channels in; absent if each channel is by itself (depthwise). */
  readonly consumes?: number;
  /** Axis of the weight that gives channels out. */
  readonly produces?: number;
}

export interface ChannelGroup {
  /** The path of the first layer that gives these channels. */
  readonly id: string;
  /** One class of atoms for each channel that goes as a whole, in the order of the first layer. */
  readonly units: readonly number[];
  /** Layers with these channels on any axis of their weights. */
  readonly layers: readonly ChannelLayer[];
  /** True if a normalization averages over these channels: without some of them, its results for the others are different. */
  readonly isAveraged?: true;
}

/** Channels of a layer that must stay. */
export interface LockedChannels {
  readonly path: string;
  readonly op: string;
  readonly channels: number;
  readonly lock: Lock;
}

export interface ChannelGroups {
  readonly layers: readonly ChannelLayer[];
  readonly groups: readonly ChannelGroup[];
  readonly locked: readonly LockedChannels[];
}

/** Layers in file order, the groups of channels that go together, and the channels that must stay with the reason. */
export function channelGroups(coupled: CoupledChannels): ChannelGroups {
  const layers = channelLayers(coupled);
  const signatures = signaturesOf(coupled);
  const groups = new Map<number, { id: string; units: Set<number>; layers: Set<ChannelLayer> }>();
  const locked: LockedChannels[] = [];
  for (const layer of layers) {
    const atoms = coupled.values.get(layer.weight)!;
    const produced = layer.produces === undefined ? undefined : atoms[layer.produces];
    if (produced !== undefined && !isLock(produced)) {
      for (const atom of produced) {
        const root = coupled.space.classOf(atom);
        const signature = signatures.get(root)!;
        if (coupled.space.lockOf(root) !== undefined) continue;
        const group = groups.get(signature) ?? { id: layer.path, units: new Set(), layers: new Set() };
        groups.set(signature, group);
        group.units.add(root);
      }
    }
    if (produced !== undefined) recordLocked(coupled, layer, produced, locked);
  }
  for (const layer of layers) {
    for (const axis of coupled.values.get(layer.weight)!) {
      if (isLock(axis)) continue;
      for (const atom of axis) groups.get(signatures.get(coupled.space.classOf(atom))!)?.layers.add(layer);
    }
  }
  const averaged = averagedClasses(coupled);
  return {
    layers,
    locked,
    groups: Array.from(groups.values(), ({ id, units, layers: members }) => ({
      id,
      units: [...units],
      layers: layers.filter((layer) => members.has(layer)),
      ...([...units].some((unit) => averaged.has(unit)) && { isAveraged: true }),
    })),
  };
}

function averagedClasses({ nodes, space }: CoupledChannels): ReadonlySet<number> {
  const axes = nodes.flatMap(({ coupling: { averages } }) =>
    averages === undefined || isLock(averages.atoms) ? [] : [averages.atoms],
  );
  return new Set(axes.flatMap((axis) => Array.from(axis, (atom) => space.classOf(atom))));
}

function channelLayers(coupled: CoupledChannels): ChannelLayer[] {
  const producers = producersIn(coupled.nodes.map(({ visit }) => visit.node));
  return coupled.nodes.flatMap(({ visit: { node, path }, coupling }) =>
    (coupling.weights ?? []).flatMap(({ input, reads = 0, ...axes }): readonly ChannelLayer[] => {
      const stored = storedWeight(coupled.constants, producers, node.inputs[input] ?? '');
      if (stored === undefined || !coupled.values.has(stored.weight)) return [];
      const data = reads === 'own output' ? node.outputs[0]! : node.inputs[reads]!;
      const [consumes, produces] = [axes.consumes, axes.produces].map((axis) =>
        axis === undefined ? undefined : stored.axisOf(axis),
      );
      return [{ path, node, weight: stored.weight, input, via: stored.via, data, consumes, produces }];
    }),
  );
}

interface StoredWeight {
  readonly weight: ValueName;
  readonly via: readonly ValueName[];
  /** The axis of the constant for one of the value. */
  axisOf(axis: number): number;
}

/** Exporters that fold nothing transpose a weight when the model runs. */
function storedWeight(
  constants: CoupledChannels['constants'],
  producers: ReadonlyMap<ValueName, Node>,
  name: ValueName,
): StoredWeight | undefined {
  if (constants.has(name)) return { weight: name, via: [], axisOf: (axis) => axis };
  const node = producers.get(name);
  if (node === undefined || !isDefaultDomain(node.domain)) return undefined;
  if (node.opType !== 'Transpose' && node.opType !== 'Identity') return undefined;
  const before = storedWeight(constants, producers, node.inputs[0]!);
  const order = node.opType === 'Transpose' ? getAttributeInts(node, 'perm') : [];
  if (before === undefined || order === undefined) return undefined;
  return {
    weight: before.weight,
    via: [...before.via, name],
    axisOf: (axis) => before.axisOf(node.opType === 'Transpose' ? order[axis]! : axis),
  };
}

/** A number for each class that is not locked; classes that lie on the same axes have the same. */
function signaturesOf({ values, space }: CoupledChannels): Map<number, number> {
  const signatures = new Map<number, number>();
  const next = new Map<string, number>();
  const seen = new Set<Int32Array>();
  for (const atoms of values.values()) {
    for (const axis of atoms) {
      if (isLock(axis) || seen.has(axis)) continue;
      seen.add(axis);
      // Classes on this axis get a new number, so that they differ from classes that had the same number but are not on it.
      for (const root of new Set(Array.from(axis, (atom) => space.classOf(atom)))) {
        const key = `${signatures.get(root) ?? 0}:${seen.size}`;
        const signature = next.get(key) ?? next.size + 1;
        next.set(key, signature);
        signatures.set(root, signature);
      }
    }
  }
  return signatures;
}

function recordLocked(
  { space }: CoupledChannels,
  { path, node }: ChannelLayer,
  axis: AxisAtoms,
  locked: LockedChannels[],
): void {
  if (isLock(axis)) return;
  const locks = Array.from(axis, (atom) => space.lockOf(atom)).filter((lock) => lock !== undefined);
  if (locks.length > 0) locked.push({ path, op: node.opType ?? '', channels: locks.length, lock: locks[0]! });
}
