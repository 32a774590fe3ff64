/**
 * Layers that read the output of a normalization, and the change of the kept channels' values when others are removed.
 */
import { isLock } from '../../../../onnx/coupling/atoms';
import type { CoupledChannels } from '../../../../onnx/coupling/couple-channels';
import type { Node, ValueName } from '../../../../onnx/graph';
import { normalizationForm } from '../../../../onnx/ops/normalization-form';
import { readFloat32 } from '../../../../onnx/tensor';
import { isDefaultDomain, producersIn } from '../../../../onnx/traverse';
import type { RepairableLayer } from './repairable-layers';

export interface NormalizedInput {
  /** The output of the normalization. */
  readonly source: ValueName;
  readonly isCentered: boolean;
  /** The scale of each channel. Values are normalized ones times the scale plus the bias. */
  readonly scale: Float64Array;
  readonly bias: Float64Array;
}

/** Take values along, each channel for itself, or means over other axes. */
const movers = new Set([
  'Identity',
  'Dropout',
  'Cast',
  'Gather',
  'Slice',
  'Squeeze',
  'Unsqueeze',
  'Reshape',
  'Flatten',
  'Transpose',
  'ReduceMean',
]);

/**
 * Inputs that come straight from a normalization over channels of which some may be removed, by the value that layers
 * read.
 */
export function normalizedInputs(
  coupled: CoupledChannels,
  layers: readonly RepairableLayer[],
): ReadonlyMap<ValueName, NormalizedInput> {
  const producers = producersIn(coupled.nodes.map(({ visit }) => visit.node));
  const averaged = new Map(coupled.nodes.map(({ visit, coupling }) => [visit.node, coupling.averages?.atoms]));
  const found = new Map<ValueName, NormalizedInput>();
  for (const { data } of layers) {
    if (found.has(data)) continue;
    const node = normalizationBehind(data, producers);
    const [axis, own] = [node && averaged.get(node), coupled.values.get(data)?.at(-1)];
    if (node === undefined || axis === undefined || own === undefined || isLock(axis) || isLock(own)) continue;
    const classOf = (atom: number): number => coupled.space.classOf(atom);
    const isSame = axis.length === own.length && axis.every((atom, at) => classOf(atom) === classOf(own[at]!));
    const parameters = isSame ? parametersOf(node, axis.length, coupled) : undefined;
    if (parameters) found.set(data, parameters);
  }
  return found;
}

function normalizationBehind(name: ValueName, producers: ReadonlyMap<ValueName, Node>): Node | undefined {
  let node = producers.get(name);
  while (node && isDefaultDomain(node.domain) && movers.has(node.opType ?? '')) node = producers.get(node.inputs[0]!);
  return node && normalizationForm(node) ? node : undefined;
}

/** `undefined` if they are calculated, or if scales leave too little of a channel to reconstruct it. */
function parametersOf(
  node: Node,
  channels: number,
  { constants }: Pick<CoupledChannels, 'constants'>,
): NormalizedInput | undefined {
  const { isCentered, scale, bias } = normalizationForm(node)!;
  const numbers = (name: ValueName | undefined, absent: number): Float64Array | undefined => {
    if (name === undefined) return new Float64Array(channels).fill(absent);
    const tensor = constants.get(name);
    const values = tensor && Float64Array.from(readFloat32(tensor));
    return values?.length === channels ? values : undefined;
  };
  const [scales, biases] = [numbers(scale, 1), numbers(bias, 0)];
  if (scales === undefined || biases === undefined) return undefined;
  const magnitudes = scales.map(Math.abs);
  const largest = magnitudes.reduce((most, value) => Math.max(most, value), 0);
  return magnitudes.every((value) => value > leastScale * largest)
    ? { source: node.outputs[0]!, isCentered, scale: scales, bias: biases }
    : undefined;
}

const leastScale = 1e-4;
