/** The weights with which the original answers as it will without some channels: what reads them is zero. */
import { MemorySource } from '../../../onnx/byte-source';
import { isLock } from '../../../onnx/coupling/atoms';
import type { ChannelLayer } from '../../../onnx/coupling/channel-groups';
import type { CoupledChannels } from '../../../onnx/coupling/couple-channels';
import type { Tensor, ValueName } from '../../../onnx/graph';
import type { KeptPositions } from '../../../onnx/ops/coupling/coupling-rule';
import { elementCount, tensorBytes, withRawData } from '../../../onnx/tensor';
import type { RepairableLayer } from './repairable-layers';

/** Names of the constants that `deafWeights` gives. */
export function tunableNames(layers: readonly ChannelLayer[], repairable: readonly RepairableLayer[]): Set<ValueName> {
  return new Set([
    ...layers.flatMap(({ weight, consumes }) => (consumes === undefined ? [] : [weight])),
    ...repairable.flatMap(({ bias }) => (bias === undefined ? [] : [bias])),
  ]);
}

/** @param replacements other numbers for some of them. */
export function deafWeights(
  coupled: CoupledChannels,
  layers: readonly ChannelLayer[],
  names: ReadonlySet<ValueName>,
  kept: KeptPositions,
  replacements: ReadonlyMap<ValueName, Tensor>,
): ReadonlyMap<ValueName, Tensor> {
  const tensors = new Map(
    Array.from(names, (name) => [name, replacements.get(name) ?? coupled.constants.get(name)!] as const),
  );
  for (const { weight, consumes } of layers) {
    const axis = consumes === undefined ? undefined : coupled.values.get(weight)![consumes]!;
    if (axis === undefined || isLock(axis) || kept(axis).length === axis.length) continue;
    tensors.set(weight, withoutPositions(tensors.get(weight)!, consumes!, new Set(kept(axis))));
  }
  return tensors;
}

/** Zero is all bits off in every float type. */
function withoutPositions(tensor: Tensor, axis: number, kept: ReadonlySet<number>): Tensor {
  const bytes = Uint8Array.from(tensorBytes(tensor));
  const dims = tensor.dims.map(Number);
  const elementBytes = bytes.length / Math.max(1, elementCount(tensor));
  const run = dims.slice(axis + 1).reduce((product, size) => product * size, elementBytes);
  for (let start = 0, position = 0; start < bytes.length; start += run, position = (position + 1) % dims[axis]!) {
    if (!kept.has(position)) bytes.fill(0, start, start + run);
  }
  return withRawData(tensor, new MemorySource(bytes));
}
