/**
 * Scales and shifts of channels go into the weights and the bias of the layer before: BatchNormalization, Mul, Add, Sub
 * and Div by constants after Conv, ConvTranspose, Gemm and MatMul. A MatMul of matrices becomes a Gemm to have a bias;
 * one of more axes takes scales only. Results are computed in double precision and rounded once. Nodes stay if
 * something else reads the layer's output.
 */
import { DataType } from '../../../onnx/data-type';
import type { Node, Tensor } from '../../../onnx/graph';
import { elementCount } from '../../../onnx/tensor';
import { getAttributeFloat, getAttributeInt, isDefaultDomain } from '../../../onnx/traverse';
import { channelAffineOf, isScaled, type ChannelAffine } from './channel-affine';
import { areFinite, readFloats, scaledWeights, writeFloats } from '../float-tensor';
import type { RewriteGraph } from '../rewrite-graph';
import { rewriteModel, type NodeRule } from '../rewrite-model';
import type { Simplification } from '../simplification';
import {
  channelsOfFirstAxis,
  channelsOfSecondAxis,
  inexactWeight,
  isSharedOut,
  sharedWeight,
  type WeightChannels,
} from './weight-channels';

/** A layer as a rewrite sees it: where its output channels lie in the weight and in the output. */
interface Layer extends WeightChannels {
  readonly node: Node;
  readonly weight: Tensor;
  /** Channel axis and rank of the output. */
  readonly axis: number;
  readonly rank: number;
  /** A MatMul that Gemm cannot stand for, so that it has no bias. */
  readonly staysMatMul?: boolean;
}

const affineOperators = new Set(['BatchNormalization', 'Mul', 'Add', 'Sub', 'Div']);

const fuse: NodeRule = (graph, node) => {
  if (!isDefaultDomain(node.domain) || !affineOperators.has(node.opType ?? '')) return undefined;
  for (const name of node.inputs) {
    const producer = graph.producer(name);
    const layer = producer && graph.onlyReader(name) === node ? layerOf(graph, producer) : undefined;
    const affine = layer && channelAffineOf(graph, node, layer.channels, layer);
    if (layer === undefined || affine?.input !== name) continue;
    return fuseInto(graph, layer, node, affine);
  }
  return undefined;
};

function fuseInto(graph: RewriteGraph, layer: Layer, node: Node, affine: ChannelAffine): ReturnType<NodeRule> {
  if (isScaled(affine) && graph.readers(layer.node.inputs[1]!).length > 1) return sharedWeight(layer.node);
  const scaled = isScaled(affine) ? scaledWeights(layer.weight, affine.scale, layer.channelOf) : null;
  if (scaled === undefined) return inexactWeight(layer.node);
  const fused = fusedLayer(graph, { layer, after: node }, affine, scaled);
  if (fused === undefined) return undefined;
  graph.remove(layer.node);
  graph.replace(node, [{ ...fused, outputs: [node.outputs[0]!] }]);
  return { change: `Fused into ${layer.node.opType}` };
}

function fusedLayer(
  graph: RewriteGraph,
  { layer, after }: { readonly layer: Layer; readonly after: Node },
  { scale, shift }: ChannelAffine,
  scaled: Float64Array | null,
): Node | undefined {
  const { node, weight, channels } = layer;
  const before = biasOf(graph, layer);
  if (before === undefined) return undefined;
  const bias = before.map((value, channel) => value * scale[channel]! + shift[channel]!);
  if (!areFinite(weight, bias)) return undefined;
  if (layer.staysMatMul && bias.some((value) => value !== 0)) return undefined;
  const weightName = scaled
    ? graph.addConstant(node.inputs[1]!, writeFloats(weight, weight.dims, scaled))
    : node.inputs[1]!;
  if (layer.staysMatMul) return { ...node, inputs: [node.inputs[0]!, weightName] };
  const known = [...node.inputs.slice(2), ...after.inputs];
  const biasName = graph.addConstant(`${node.inputs[1]!}_bias`, writeFloats(weight, [channels], bias), known);
  const inputs = [node.inputs[0]!, weightName, biasName];
  // The bias already includes the factor beta.
  const attributes = node.attributes.filter(({ name }) => name !== 'beta');
  return { ...node, opType: node.opType === 'MatMul' ? 'Gemm' : node.opType!, inputs, attributes };
}

/** The bias of each channel, 0 if there is none; `undefined` when it is no constant of one value for each channel. */
function biasOf(graph: RewriteGraph, { node, channels }: Layer): Float64Array | undefined {
  const name = node.inputs[2] ?? '';
  if (name === '') return new Float64Array(channels);
  const tensor = graph.constant(name);
  const values = tensor && readFloats(tensor);
  if (tensor === undefined || values === undefined || tensor.dims.slice(0, -1).some((size) => size !== 1n))
    return undefined;
  const factor = node.opType === 'Gemm' ? (getAttributeFloat(node, 'beta') ?? 1) : 1;
  if (elementCount(tensor) === 1) return new Float64Array(channels).fill(values[0]! * factor);
  return values.length === channels ? Float64Array.from(values, (value) => value * factor) : undefined;
}

function layerOf(graph: RewriteGraph, node: Node): Layer | undefined {
  const weight = isDefaultDomain(node.domain) ? graph.constant(node.inputs[1] ?? '') : undefined;
  if (weight === undefined || weight.dims.length < 2) return undefined;
  if (!isSharedOut(weight, getAttributeInt(node, 'group'))) return undefined;
  const layer = { node, weight, axis: 1, rank: weight.dims.length };
  switch (node.opType) {
    case 'Conv':
      return { ...layer, ...channelsOfFirstAxis(weight) };
    case 'ConvTranspose':
      return { ...layer, ...channelsOfSecondAxis(weight, getAttributeInt(node, 'group')) };
    case 'Gemm': {
      const isTransposed = getAttributeInt(node, 'transB') === 1;
      return { ...layer, ...(isTransposed ? channelsOfFirstAxis(weight) : channelsOfSecondAxis(weight)) };
    }
    case 'MatMul':
      return multiplication(graph, node, weight);
    default:
      return undefined;
  }
}

/** Gemm takes matrices only, and float16 and float32 in every runtime. */
function multiplication(graph: RewriteGraph, node: Node, weight: Tensor): Layer | undefined {
  const rank = graph.value(node.inputs[0]!).shape?.length;
  if (rank === undefined || rank < 2 || weight.dims.length !== 2) return undefined;
  const staysMatMul = rank > 2 || weight.dataType === DataType.float64;
  return { node, weight, ...channelsOfSecondAxis(weight), axis: rank - 1, rank, staysMatMul };
}

export const fuseAffine: Simplification = {
  id: 'fuse-affine',
  summary: 'Fuses batch normalization, scales and shifts into the previous layer.',
  apply: (model, context) => rewriteModel(model, context, fuse),
};
