/** The layers of a quantized model that get adapters, and the nodes that adapters are. */
import { DataType } from '../../../onnx/data-type';
import type { Graph, Model, Node, Tensor, ValueName } from '../../../onnx/graph';
import { NameSet } from '../../../onnx/name-set';
import { namesDefinedBy, subgraphsOf } from '../../../onnx/subgraphs';
import { createTensor } from '../../../onnx/tensor';
import { getAttributeInt, isDefaultDomain, nodesOf, producersIn, scopes } from '../../../onnx/traverse';
import type { SeededRandom } from '../../../seeded-random';
import type { ForwardGraph } from '../../../training/prepare-forward';
import { namesOfNode, unknownNodeNames } from '../../node-names';
import type { Refusal } from '../../pass';
import type { TrainAdaptersOptions } from './adapter-options';

/** y' = y + (x·A)·B, with A of [inputs, rank] and B of [rank, outputs] (LoRA: Hu et al. 2021). */
export interface Adapter {
  readonly input: ValueName;
  readonly output: ValueName;
  readonly down: ValueName;
  readonly up: ValueName;
  /** What the layer gives without the adapter, the small product in between, and what it adds. */
  readonly inner: readonly [base: ValueName, small: ValueName, added: ValueName];
  readonly sizes: readonly [inputs: number, outputs: number];
}

export interface AdapterPlan {
  readonly adapters: readonly Adapter[];
  readonly refusals: readonly Refusal[];
}

/**
 * Plans an adapter for each layer of the float graph whose input a quantized layer of the model reads, and whose output the model computes
 * too. Layers that are smaller than their adapter get none.
 */
export function planAdapters(
  { model, original }: { readonly model: Model; readonly original: Model },
  forward: ForwardGraph,
  { rank, include, exclude }: Pick<TrainAdaptersOptions, 'rank' | 'include' | 'exclude'>,
): AdapterPlan {
  // Quantization gives nodes other names; people know those of the original too.
  const visits = [model, original].flatMap((each) => [...nodesOf([...scopes(each)][0]!)]);
  const refusals = unknownNodeNames([...include, ...exclude], new Set(visits.flatMap(namesOfNode)));
  const outputsOf = (names: readonly string[]): ReadonlySet<ValueName> => {
    const named = visits.filter((visit) => namesOfNode(visit).some((name) => names.includes(name)));
    return new Set(named.flatMap(({ node }) => node.outputs));
  };
  const [taken, left] = [outputsOf(include), outputsOf(exclude)];
  const defined = new Set(namesDefinedBy(model.graph!));
  const isWanted = (output: ValueName): boolean =>
    defined.has(output) && !left.has(output) && (include.length === 0 || taken.has(output));
  const read = quantizedInputs(model.graph!);
  const names = new NameSet([model.graph!, forward.graph].flatMap(allNames));
  const weights = new Map(forward.graph.initializers.map((tensor) => [tensor.name ?? '', tensor]));
  const adapters = forward.graph.nodes.flatMap((node): Adapter[] => {
    const sizes = sizesOf(node, weights);
    const [input = '', output = ''] = [node.inputs[0], node.outputs[0]];
    if (sizes === undefined || !read.has(input) || !isWanted(output)) return [];
    const [inputs, outputs] = sizes;
    // A layer in 4 bits takes half a byte for each weight, an adapter four.
    if (8 * rank * (inputs + outputs) > inputs * outputs) return [];
    const [base, down, up, small, added] = ['base', 'down', 'up', 'small', 'added'].map((part) =>
      names.addFree(`${output}/adapter-${part}`),
    ) as [ValueName, ValueName, ValueName, ValueName, ValueName];
    return [{ input, output, down, up, inner: [base, small, added], sizes }];
  });
  return { adapters, refusals };
}

function allNames(graph: Graph): ValueName[] {
  return [...namesDefinedBy(graph), ...graph.nodes.flatMap(subgraphsOf).flatMap(allNames)];
}

/** The values that layers with integer weights read, in any form of quantization. */
function quantizedInputs({ nodes }: Graph): ReadonlySet<ValueName> {
  const producers = producersIn(nodes);
  const isStored = (name: ValueName | undefined): boolean => producers.get(name ?? '')?.opType === 'DequantizeLinear';
  const read = nodes.filter(
    ({ opType = '', inputs }) =>
      ['MatMulNBits', 'QuantizeLinear', 'DynamicQuantizeLinear', 'DynamicQuantizeMatMul'].includes(opType) ||
      (['MatMul', 'Gemm'].includes(opType) && isStored(inputs[1])),
  );
  return new Set(read.map(({ inputs }) => inputs[0]!));
}

function sizesOf(
  node: Node,
  weights: ReadonlyMap<ValueName, Tensor>,
): readonly [inputs: number, outputs: number] | undefined {
  const dims = weights.get(node.inputs[1] ?? '')?.dims.map(Number);
  const isProduct = isDefaultDomain(node.domain) && (node.opType === 'MatMul' || node.opType === 'Gemm');
  if (!isProduct || dims?.length !== 2 || getAttributeInt(node, 'transA') === 1) return undefined;
  const [rows, columns] = dims as [number, number];
  return getAttributeInt(node, 'transB') === 1 ? [columns, rows] : [rows, columns];
}

/** Starts as nothing: B is zero, and A is uniform within ±1 ÷ √inputs. */
export function startOf({ sizes: [inputs, outputs] }: Adapter, rank: number, random: SeededRandom) {
  const bound = 1 / Math.sqrt(inputs);
  const down = Float32Array.from({ length: inputs * rank }, () => bound * (2 * random.next() - 1));
  return { down, up: new Float32Array(rank * outputs) };
}

export type AdapterValues = (adapter: Adapter) => { readonly down: Float32Array; readonly up: Float32Array };

/** The graph with adapters beside the layers. Other nodes read the sums. */
export function withAdapters(graph: Graph, adapters: readonly Adapter[], rank: number, valuesOf: AdapterValues): Graph {
  const byOutput = new Map(adapters.map((adapter) => [adapter.output, adapter]));
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const adapter = node.outputs.map((name) => byOutput.get(name)).find((each) => each !== undefined);
    if (adapter === undefined) return [node];
    const { input, output, down, up, inner } = adapter;
    const [base, small, added] = inner;
    const plain = (opType: string, inputs: readonly ValueName[], result: ValueName): Node => {
      return { name: `${result}/node`, opType, inputs: [...inputs], outputs: [result], attributes: [] };
    };
    return [
      { ...node, outputs: node.outputs.map((name) => (name === output ? base : name)) },
      plain('MatMul', [input, down], small),
      plain('MatMul', [small, up], added),
      plain('Add', [base, added], output),
    ];
  });
  const tensors = adapters.flatMap((adapter) => {
    const values = valuesOf(adapter);
    const [inputs, outputs] = adapter.sizes;
    return [float(adapter.down, [inputs, rank], values.down), float(adapter.up, [rank, outputs], values.up)];
  });
  return { ...graph, nodes, initializers: [...graph.initializers, ...tensors] };
}

function float(name: ValueName, dims: readonly number[], bytes: Float32Array): Tensor {
  return createTensor({ name, dataType: DataType.float32, dims, bytes });
}
