/**
 * Scales of the channels of an input go into the weights of the Conv, ConvTranspose, Gemm or MatMul that reads it: Mul
 * and Div by constants. A BatchNormalization or a shift goes too if no padding of zeros comes in between. Results are
 * computed in double precision and rounded once. Nodes stay if something else reads the scaled input.
 */
import type { Node, Tensor, ValueName } from '../../../onnx/graph';
import { getAttributeInt, isDefaultDomain } from '../../../onnx/traverse';
import { channelAffineOf, isScaled, type ChannelAffine } from './channel-affine';
import { areFinite, readFloats, scaledWeights, writeFloats } from '../float-tensor';
import { ownPads } from './own-pads';
import type { RewriteGraph } from '../rewrite-graph';
import { rewriteModel, type NodeRule, type RuleVerdict } from '../rewrite-model';
import type { Simplification } from '../simplification';
import {
  channelsOfFirstAxis,
  channelsOfSecondAxis,
  inexactWeight,
  isSharedOut,
  sharedWeight,
  type WeightChannels,
} from './weight-channels';

/** A layer as a rewrite sees it: where its input channels lie in the input and in the weight. */
interface Layer extends WeightChannels {
  readonly weight: Tensor;
  readonly axis: number;
  readonly rank: number;
}

const fuse: NodeRule = (graph, node) => {
  const name = node.inputs[0] ?? '';
  const before = graph.producer(name);
  if (!isDefaultDomain(node.domain) || before === undefined || !isDefaultDomain(before.domain)) return undefined;
  if (graph.onlyReader(name) !== node || node.inputs.slice(1).includes(name)) return undefined;
  const layer = layerOf(graph, node);
  const affine = layer && channelAffineOf(graph, before, layer.channels, layer);
  if (affine === undefined || !hasChannels(graph, affine.input, layer!)) return undefined;
  const shifts = affine.shift.some((value) => value !== 0);
  if (shifts && !(node.opType === 'Conv' && isUnpadded(node, layer!))) return undefined;
  if (isUneven(affine)) return unevenScales(node, before);
  if (isScaled(affine) && graph.readers(node.inputs[1]!).length > 1) return sharedWeight(node);
  const scaled = isScaled(affine) ? scaledWeights(layer!.weight, affine.scale, layer!.channelOf) : null;
  if (scaled === undefined) return inexactWeight(node);
  const inputs = fusedInputs(graph, node, layer!, affine, scaled);
  if (inputs === undefined) return undefined;
  graph.replace(node, [{ ...node, inputs }]);
  graph.remove(before);
  return { change: `Absorbed the ${before.opType} before` };
};

/** The largest ratio between the largest and the smallest scale that a layer takes over. */
const widestSpread = 16;

/** True for columns of different units, brought to one size: without that, one step of 8 bits would drown the small ones. */
function isUneven({ scale }: ChannelAffine): boolean {
  const sizes = Array.from(scale, Math.abs).filter((size) => size > 0);
  if (sizes.length === 0) return false;
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  return most > widestSpread * least;
}

function unevenScales({ opType }: Node, before: Node): RuleVerdict {
  const reason = `${before.opType} equalizes channels of very different sizes before ${opType}. Without it, quantization would lose the small ones.`;
  return { refusal: { code: 'uneven-scales', reason } };
}

/** A value of one channel, or of fewer axes, would have been repeated by the scale. */
function hasChannels(graph: RewriteGraph, name: ValueName, { rank, axis, channels }: Layer): boolean {
  const { shape } = graph.value(name);
  return shape?.length === rank && shape[axis] === channels;
}

function fusedInputs(
  graph: RewriteGraph,
  node: Node,
  layer: Layer,
  { input, shift }: ChannelAffine,
  scaled: Float64Array | null,
): readonly ValueName[] | undefined {
  const inputs = [input, ...node.inputs.slice(1)];
  if (shift.some((value) => value !== 0)) {
    const bias = shiftedBias(graph, node, layer, shift);
    if (bias === undefined || !areFinite(layer.weight, bias)) return undefined;
    const tensor = writeFloats(layer.weight, [bias.length], bias);
    inputs[2] = graph.addConstant(`${node.inputs[1]!}_bias`, tensor, node.inputs.slice(2));
  }
  if (scaled) inputs[1] = graph.addConstant(node.inputs[1]!, writeFloats(layer.weight, layer.weight.dims, scaled));
  return inputs;
}

/** The bias of a Conv plus the sum that the shift of its input adds under its weights. */
function shiftedBias(
  graph: RewriteGraph,
  node: Node,
  { weight, channelOf }: Layer,
  shift: Float64Array,
): Float64Array | undefined {
  const values = readFloats(weight);
  if (values === undefined) return undefined;
  const outputs = Number(weight.dims[0]);
  const stated = node.inputs[2] ? graph.constant(node.inputs[2]) : undefined;
  const before = stated && readFloats(stated);
  if (node.inputs[2] && before?.length !== outputs) return undefined;
  const bias = before === undefined ? new Float64Array(outputs) : Float64Array.from(before);
  const perOutput = values.length / outputs;
  for (let element = 0; element < values.length; element++)
    bias[Math.floor(element / perOutput)]! += values[element]! * shift[channelOf(element)]!;
  return bias;
}

function isUnpadded(node: Node, { rank }: Layer): boolean {
  return ownPads(node, rank - 2)?.every((count) => count === 0) ?? false;
}

function layerOf(graph: RewriteGraph, node: Node): Layer | undefined {
  const weight = graph.constant(node.inputs[1] ?? '');
  if (weight === undefined || weight.dims.length < 2) return undefined;
  if (!isSharedOut(weight, getAttributeInt(node, 'group'))) return undefined;
  const layer = { weight, axis: 1, rank: weight.dims.length };
  switch (node.opType) {
    case 'Conv':
      return { ...layer, ...channelsOfSecondAxis(weight, getAttributeInt(node, 'group')) };
    case 'ConvTranspose':
      return { ...layer, ...channelsOfFirstAxis(weight) };
    case 'Gemm':
      return getAttributeInt(node, 'transA') === 1 ? undefined : product(graph, node, weight);
    case 'MatMul':
      return weight.dims.length === 2 ? product(graph, node, weight) : undefined;
    default:
      return undefined;
  }
}

function product(graph: RewriteGraph, node: Node, weight: Tensor): Layer | undefined {
  const rank = graph.value(node.inputs[0]!).shape?.length;
  if (rank === undefined || rank < 2) return undefined;
  const isTransposed = node.opType === 'Gemm' && getAttributeInt(node, 'transB') === 1;
  const channels = isTransposed ? channelsOfSecondAxis(weight) : channelsOfFirstAxis(weight);
  return { weight, ...channels, rank, axis: rank - 1 };
}

export const fuseInputAffine: Simplification = {
  id: 'fuse-input-affine',
  summary: 'Fuses scales and shifts of an input into the layer that reads it.',
  apply: (model, context) => rewriteModel(model, context, fuse),
};
