/**
 * Normalizations behind convolutions whose weights are fed. They are folded into the fed values, as the runtime does
 * with constants.
 */
import { constantsOf } from '../onnx/constant-node';
import { DataType } from '../onnx/data-type';
import type { Graph, Node, Tensor, ValueName } from '../onnx/graph';
import { opsetOfBroadcasting } from '../onnx/ops/operator';
import { batchNormalizationScales, trainsBatchNormalization, type ChannelScales } from '../onnx/ops/normalization';
import { namesReadBy } from '../onnx/subgraphs';
import { readFloat32, withFloats } from '../onnx/tensor';
import { getAttributeInt, isDefaultDomain } from '../onnx/traverse';

export interface FoldedNormalizations {
  /** The graph without the folded nodes. */
  readonly graph: Graph;
  /** Returns the numbers to feed for a constant in the place of its own. */
  folded(name: ValueName, tensor: Tensor): Tensor;
}

interface FoldRequest {
  readonly graph: Graph;
  /** The opset of the default domain. */
  readonly opset: number;
  /** The fed constants. Only float32 weights and biases of convolutions take the folded numbers. */
  readonly fed: ReadonlyMap<ValueName, Tensor>;
  /** Values that must stay. */
  readonly wanted: readonly ValueName[];
}

/** Folds each BatchNormalization that alone reads a Conv whose weight and bias nothing else reads. */
export function foldNormalizations({ graph, opset, fed, wanted }: FoldRequest): FoldedNormalizations {
  const readings = new Map<ValueName, number>();
  const given = graph.outputs.map(({ name = '' }) => name);
  for (const name of [...graph.nodes.flatMap(namesReadBy), ...given, ...wanted]) {
    readings.set(name, (readings.get(name) ?? 0) + 1);
  }
  const isAlone = (name: ValueName | undefined): boolean => readings.get(name ?? '') === 1;
  const isFed = (name: ValueName | undefined): boolean =>
    isAlone(name) && fed.get(name!)?.dataType === DataType.float32;
  const layers = new Map(
    graph.nodes
      .filter(({ opType, domain }) => opType === 'Conv' && isDefaultDomain(domain))
      .filter(({ inputs, outputs }) => isFed(inputs[1]) && isFed(inputs[2]) && isAlone(outputs[0]))
      .map((node) => [node.outputs[0]!, node] as const),
  );
  const stored = constantsOf({ graph });
  const constant = (name: ValueName): Tensor | undefined => (fed.has(name) ? undefined : stored.get(name));
  const weights = new Map<ValueName, ChannelScales>();
  const biases = new Map<ValueName, ChannelScales>();
  const renamed = new Map<Node, Node | undefined>();
  for (const node of graph.nodes) {
    const layer = layers.get(node.inputs[0] ?? '');
    const map = layer && opset >= opsetOfBroadcasting ? channelMapOf(node, opset, constant) : undefined;
    if (!layer || !map || map.scale.length !== Number(fed.get(layer.inputs[1]!)!.dims[0])) continue;
    weights.set(layer.inputs[1]!, map);
    biases.set(layer.inputs[2]!, map);
    renamed.set(layer, { ...layer, outputs: [node.outputs[0]!] });
    renamed.set(node, undefined);
  }
  const nodes = graph.nodes.flatMap((node) => (renamed.has(node) ? (renamed.get(node) ?? []) : [node]));
  return {
    graph: { ...graph, nodes },
    folded(name, tensor) {
      const [weight, bias] = [weights.get(name), biases.get(name)];
      if (weight) return mapped(tensor, (value, channel) => value * weight.scale[channel]!);
      return bias ? mapped(tensor, (value, at) => value * bias.scale[at]! + bias.shift[at]!) : tensor;
    },
  };
}

function channelMapOf(
  node: Node,
  opset: number,
  constant: (name: ValueName) => Tensor | undefined,
): ChannelScales | undefined {
  if (node.opType !== 'BatchNormalization' || !isDefaultDomain(node.domain)) return undefined;
  if (trainsBatchNormalization(node, opset) || getAttributeInt(node, 'spatial') === 0) return undefined;
  return batchNormalizationScales(node, (name) => {
    const tensor = constant(name);
    return tensor?.dataType === DataType.float32 ? readFloat32(tensor) : undefined;
  });
}

/** Maps each number with its place on the first axis. */
function mapped(tensor: Tensor, change: (value: number, channel: number) => number): Tensor {
  const values = readFloat32(tensor);
  const run = values.length / Number(tensor.dims[0]);
  return withFloats(
    tensor,
    values.map((value, at) => change(value, Math.floor(at / run))),
  );
}
