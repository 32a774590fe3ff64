/** What a trial feeds for a model without some of its channels. */
import type { Tensor, ValueName } from '../../../onnx/graph';
import type { KeptPositions } from '../../../onnx/ops/coupling/coupling-rule';
import { sharesOfKept } from './averaged-statistics';
import type { ChannelScope } from './channel-scope';
import { deafWeights } from './deaf-weights';
import type { Evidence } from './evidence';

/**
 * Weights that are deaf to what goes, and averages over what stays: with them the trial's model answers as one without the channels.
 *
 * @param replacements other numbers for weights and biases, in their full size.
 */
export function trialWeights(
  { coupled, layers }: Pick<ChannelScope, 'coupled' | 'layers'>,
  { tunable, shares }: Pick<Evidence, 'tunable' | 'shares'>,
  kept: KeptPositions,
  replacements: ReadonlyMap<ValueName, Tensor>,
): ReadonlyMap<ValueName, Tensor> {
  return new Map([...deafWeights(coupled, layers, tunable, kept, replacements), ...sharesOfKept(shares, kept)]);
}
