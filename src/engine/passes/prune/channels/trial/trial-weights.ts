/** The feeds of a trial without some channels: weights that ignore these, and averages over the others. */
import { MemorySource } from '../../../../onnx/byte-source';
import { isLock } from '../../../../onnx/coupling/atoms';
import type { ChannelLayer } from '../../../../onnx/coupling/channel-groups';
import type { CoupledChannels } from '../../../../onnx/coupling/couple-channels';
import type { Tensor, ValueName } from '../../../../onnx/graph';
import type { KeptPositions } from '../../../../onnx/ops/coupling/coupling-rule';
import { elementCount, tensorBytes, withRawData } from '../../../../onnx/tensor';
import { sharesOfKept, type TrialModel } from './averaged-statistics';
import type { RepairableLayer } from '../repair/repairable-layers';

/** Names of the weights and biases that `trialWeights` gives. */
export function tunableNames(layers: readonly ChannelLayer[], repairable: readonly RepairableLayer[]): Set<ValueName> {
  return new Set([
    ...layers.flatMap(({ weight, consumes }) => (consumes === undefined ? [] : [weight])),
    ...repairable.flatMap(({ bias }) => bias ?? []),
  ]);
}

/**
 * Weights that read removed channels are zero, and normalizations average over the kept channels. The trial's model
 * therefore computes the outputs of a model without the removed channels.
 *
 * @param tunable as `tunableNames` gives them.
 * @param replacements other numbers for weights and biases, in their full size.
 */
export function trialWeights(
  { coupled, layers }: { readonly coupled: CoupledChannels; readonly layers: readonly ChannelLayer[] },
  { tunable, shares }: Pick<TrialModel, 'shares'> & { readonly tunable: ReadonlySet<ValueName> },
  kept: KeptPositions,
  replacements: ReadonlyMap<ValueName, Tensor>,
): ReadonlyMap<ValueName, Tensor> {
  const tensors = new Map(
    Array.from(tunable, (name) => [name, replacements.get(name) ?? coupled.constants.get(name)!] as const),
  );
  for (const { weight, consumes } of layers) {
    const axis = consumes === undefined ? undefined : coupled.values.get(weight)![consumes]!;
    if (axis === undefined || isLock(axis) || kept(axis).length === axis.length) continue;
    tensors.set(weight, withoutPositions(tensors.get(weight)!, consumes!, new Set(kept(axis))));
  }
  return new Map([...tensors, ...sharesOfKept(shares, kept)]);
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
