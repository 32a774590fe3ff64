/**
 * One session for many versions of a model that differ in the values of some weights, because opening a session takes
 * longer than a run.
 */
import type { Feeds, FeedTensor } from '../data/feeds';
import type { Inference } from '../inference';
import { asFloat32, asFloat64, asUint16 } from '../onnx/byte-views';
import { constantsOf, tensorOfConstant } from '../onnx/constant-node';
import { DataType, dataTypeName } from '../onnx/data-type';
import type { Graph, Model, Node, Tensor, ValueInfo, ValueName } from '../onnx/graph';
import { readFloat32, tensorBytes, withFloats } from '../onnx/tensor';
import { defaultOpsetVersion, getAttributeInt, isDefaultDomain } from '../onnx/traverse';
import { opsetOfBroadcasting } from '../onnx/ops/operator';
import { batchNormalizationScales, type ChannelScales, trainsBatchNormalization } from '../onnx/ops/normalization';
import { namesReadBy } from '../onnx/subgraphs';

export interface TunableSession {
  /** Sets other numbers for some of the tunable constants, from the next run on. The others keep theirs. */
  tune(tensors: ReadonlyMap<ValueName, Tensor>): void;
  run(feeds: Feeds): Promise<Feeds>;
  close(): void;
}

export interface TunableOptions {
  /** Float constants of the main graph, by the names that nodes read. */
  readonly tunable: Iterable<ValueName>;
  /** Values to compute. Absent: the model's outputs. */
  readonly outputs?: readonly ValueName[];
}

/**
 * Opens a model of which some constants are inputs that stay with the session until `tune` replaces them. Rejects as
 * `Inference.open` does.
 */
export async function openTunable(
  signal: AbortSignal,
  inference: Inference,
  model: Model,
  { tunable, outputs }: TunableOptions,
): Promise<TunableSession> {
  const tuned = withTheirWeights(model.graph!, new Set(tunable));
  const constants = new Map([...constantsOf(model)].filter(([name]) => tuned.has(name)));
  const wanted = outputs ?? model.graph!.outputs.flatMap(({ name }) => (name ? [name] : []));
  const opset = Number(defaultOpsetVersion(model));
  const { graph: plain, folded } = foldNormalizations({ graph: model.graph!, opset, fed: constants, wanted });
  const graph = withConstantsAsInputs(plain, constants);
  const session = await inference.open(
    signal,
    { ...model, graph },
    { threads: 'device', outputs: wanted, ...(constants.size > 0 && { keepsFeeds: true }) },
  );
  const pending = new Map<string, FeedTensor>();
  const tune = (tensors: ReadonlyMap<ValueName, Tensor>): void => {
    for (const [name, tensor] of tensors) if (constants.has(name)) pending.set(name, feedOf(folded(name, tensor)));
  };
  tune(constants);
  return {
    tune,
    async run(feeds) {
      const fed = { ...feeds, ...Object.fromEntries(pending) };
      pending.clear();
      return session.run(fed);
    },
    close: () => session.close(),
  };
}

/** A normalization can only go into weight and bias together. */
function withTheirWeights({ nodes }: Graph, tunable: ReadonlySet<ValueName>): ReadonlySet<ValueName> {
  const layers = nodes.filter(({ opType, inputs }) => opType === 'Conv' && tunable.has(inputs[2] ?? ''));
  return new Set([...tunable, ...layers.map(({ inputs }) => inputs[1]!)]);
}

function withConstantsAsInputs(graph: Graph, constants: ReadonlyMap<ValueName, Tensor>): Graph {
  const infos = Array.from(constants, ([name, { dims, dataType }]): ValueInfo => {
    const shape = { dimensions: dims.map((size) => ({ size })) };
    return { name, type: { kind: 'tensor', elementType: dataType, shape } };
  });
  const isTunable = (name: ValueName | undefined): boolean => constants.has(name ?? '');
  return {
    ...graph,
    inputs: [...graph.inputs.filter(({ name }) => !isTunable(name)), ...infos],
    initializers: graph.initializers.filter(({ name }) => !isTunable(name)),
    nodes: graph.nodes.filter((node) => !isTunable(tensorOfConstant(node) && node.outputs[0])),
    valueInfos: [],
  };
}

function feedOf(tensor: Tensor): FeedTensor {
  const dataType = tensor.dataType ?? DataType.undefined;
  const bytes = tensorBytes(tensor);
  const data =
    dataType === DataType.float16
      ? asUint16(bytes)
      : dataType === DataType.float64
        ? asFloat64(bytes)
        : asFloat32(bytes);
  return { dtype: dataTypeName(dataType), dims: tensor.dims.map(Number), data };
}

/**
 * Normalizations behind convolutions whose weights are fed. They are folded into the fed values, as the runtime does
 * with constants.
 */
interface FoldedNormalizations {
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
