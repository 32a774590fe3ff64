/** Nodes that multiply and shift every channel by constants: BatchNormalization, and arithmetic with a constant. */
import type { Node, Tensor } from '../../../onnx/graph';
import { opsetOfBroadcasting } from '../../../onnx/ops/operator';
import {
  batchNormalizationScales,
  trainsBatchNormalization,
  type ChannelScales,
} from '../../../onnx/ops/normalization';
import { elementCount } from '../../../onnx/tensor';
import { getAttributeInt } from '../../../onnx/traverse';
import { readFloats } from '../float-tensor';
import type { RewriteGraph } from '../rewrite-graph';

export interface ChannelAffine extends ChannelScales {
  /** The value that is scaled and shifted. */
  readonly input: string;
}

/** False if weights stay as they are. */
export function isScaled({ scale }: ChannelAffine): boolean {
  return scale.some((value) => value !== 1);
}

/**
 * Returns the effect of a node on the channels of a value of rank `rank`, whose channel axis is `axis`. Returns
 * `undefined` if it does something else or reads no constants, and in operator sets before 7, in which
 * BatchNormalization had other modes too.
 */
export function channelAffineOf(
  graph: RewriteGraph,
  node: Node,
  channels: number,
  { axis, rank }: { readonly axis: number; readonly rank: number },
): ChannelAffine | undefined {
  if (graph.opset < opsetOfBroadcasting) return undefined;
  if (node.opType === 'BatchNormalization') return batchNormalization(graph, node, channels, axis);
  const side = node.inputs.findIndex((name) => graph.constant(name) !== undefined);
  if (node.inputs.length !== 2 || side < 0) return undefined;
  const input = node.inputs[1 - side]!;
  const values = perChannel(graph.constant(node.inputs[side]!)!, channels, { axis, rank });
  if (values === undefined || graph.constant(input) !== undefined) return undefined;
  const filled = (value: number) => new Float64Array(channels).fill(value);
  switch (node.opType) {
    case 'Mul':
      return { input, scale: values, shift: filled(0) };
    case 'Add':
      return { input, scale: filled(1), shift: values };
    case 'Sub':
      // n − x turns the sign of the layer before.
      return side === 1
        ? { input, scale: filled(1), shift: values.map((value) => -value) }
        : { input, scale: filled(-1), shift: values };
    case 'Div':
      return side === 1 && values.every((value) => value !== 0)
        ? { input, scale: values.map((value) => 1 / value), shift: filled(0) }
        : undefined;
    default:
      return undefined;
  }
}

function batchNormalization(
  graph: RewriteGraph,
  node: Node,
  channels: number,
  axis: number,
): ChannelAffine | undefined {
  if (axis !== 1 || trainsBatchNormalization(node, graph.opset) || getAttributeInt(node, 'spatial') === 0)
    return undefined;
  const scales = batchNormalizationScales(node, (name) => {
    const tensor = graph.constant(name);
    const vector = tensor && readFloats(tensor);
    return vector?.length === channels ? vector : undefined;
  });
  return scales && { input: node.inputs[0]!, ...scales };
}

/** One value for each channel: a constant that varies along the channel axis only, or a single number. */
function perChannel(
  tensor: Tensor,
  channels: number,
  { axis, rank }: { readonly axis: number; readonly rank: number },
): Float64Array | undefined {
  const count = elementCount(tensor);
  const dims = tensor.dims.map(Number);
  if (dims.length > rank) return undefined;
  const offset = rank - dims.length;
  const isAlongChannels = dims.every((size, index) => size === 1 || (index + offset === axis && size === channels));
  if (!isAlongChannels) return undefined;
  const values = readFloats(tensor);
  if (values === undefined) return undefined;
  return count === 1 ? new Float64Array(channels).fill(values[0]!) : Float64Array.from(values);
}
