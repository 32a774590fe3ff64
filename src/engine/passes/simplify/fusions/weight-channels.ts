/** The channel of each element of a weight, for rewrites that scale a weight channel by channel. */
import type { Node, Tensor } from '../../../onnx/graph';
import { elementCount } from '../../../onnx/tensor';
import type { RuleVerdict } from '../rewrite-model';

export interface WeightChannels {
  readonly channels: number;
  /** The channel of each element of the weight. */
  channelOf(element: number): number;
}

/** One channel for each index of the first axis: outputs of Conv, inputs of ConvTranspose. */
export function channelsOfFirstAxis(weight: Tensor): WeightChannels {
  const channels = Number(weight.dims[0]);
  const perChannel = elementCount(weight) / channels;
  return { channels, channelOf: (element) => Math.floor(element / perChannel) };
}

/**
 * The channels of the second axis, which counts those of one group: inputs of Conv, outputs of ConvTranspose. The first
 * axis goes through the groups one after the other.
 */
export function channelsOfSecondAxis(weight: Tensor, groups = 1): WeightChannels {
  const [first, perGroup] = [Number(weight.dims[0]), Number(weight.dims[1])];
  const kernel = elementCount(weight) / (first * perGroup);
  const firstOfGroup = first / groups;
  return {
    channels: perGroup * groups,
    channelOf(element) {
      const row = Math.floor(element / kernel);
      return Math.floor(Math.floor(row / perGroup) / firstOfGroup) * perGroup + (row % perGroup);
    },
  };
}

/** False for a weight without elements, and for groups that do not share out its first axis: a file may name any number of them. */
export function isSharedOut(weight: Tensor, groups = 1): boolean {
  return elementCount(weight) > 0 && groups >= 1 && Number(weight.dims[0]) % groups === 0;
}

/** The reason that a weight is not scaled: its type would lose digits. */
export function inexactWeight({ opType }: Node): RuleVerdict {
  const reason = `Scaled, the weight of ${opType} would exceed the precision of its type.`;
  return { refusal: { code: 'inexact-weight', reason } };
}

/** The reason that a shared weight is not scaled. */
export function sharedWeight({ opType }: Node): RuleVerdict {
  const reason = `${opType} shares its weight with other nodes. A scaled copy would make the model larger.`;
  return { refusal: { code: 'shared-weight', reason } };
}
