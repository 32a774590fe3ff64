/**
 * One session for many versions of a model that differ in the values of some weights, because opening a session takes
 * longer than a run.
 */
import type { Feeds, FeedTensor } from '../data/feeds';
import type { Inference } from '../inference';
import { asFloat32, asFloat64, asUint16 } from '../onnx/byte-views';
import { constantsOf, tensorOfConstant } from '../onnx/constant-node';
import { DataType, dataTypeName } from '../onnx/data-type';
import type { Graph, Model, Tensor, ValueInfo, ValueName } from '../onnx/graph';
import { tensorBytes } from '../onnx/tensor';
import { defaultOpsetVersion } from '../onnx/traverse';
import { foldNormalizations } from './fold-normalizations';

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
