/** Selects the layers that a training pass quantizes, and the grids of their weights and inputs. */
import { observeValues } from '../../../calibration/observe-values';
import type { LabeledFeeds } from '../../../data/calibration-data';
import type { FeedTensor } from '../../../data/feeds';
import { tensorNumbers } from '../../../data/tensor-numbers';
import { DataType } from '../../../onnx/data-type';
import type { Model, Node, Tensor, ValueName } from '../../../onnx/graph';
import { getAttributeFloat, getAttributeInt, isDefaultDomain, nodesOf, scopes } from '../../../onnx/traverse';
import { activationGrid, weightGrid, type FakeQuantization, type Grid } from '../../../training/fake-quant';
import type { ForwardGraph } from '../../../training/prepare-forward';
import { namesOfNode, unknownNodeNames } from '../../node-names';
import type { PassContext, Refusal } from '../../pass';
import { productOf } from '../../../product-of';

export interface QuantizedLayer {
  readonly path: string;
  readonly node: Node;
  readonly input: ValueName;
  readonly weight: Tensor;
  /** The output axis of the weight. */
  readonly axis: number;
}

export interface QuantizableLayers {
  readonly layers: readonly QuantizedLayer[];
  readonly refusals: readonly Refusal[];
}

/** Names of nodes that are to be quantized, all where there are none, and of those that are not. */
export interface NamedLayers {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** Convolutions and dense layers with weights that nothing else reads, as far as they are not named otherwise. */
export function findLayers(model: Model, { include, exclude }: NamedLayers): QuantizableLayers {
  const [main] = scopes(model);
  const tensors = new Map(model.graph!.initializers.map((tensor) => [tensor.name ?? '', tensor]));
  const readers = new Map<ValueName, number>();
  for (const { inputs } of model.graph!.nodes)
    for (const name of inputs) readers.set(name, (readers.get(name) ?? 0) + 1);
  const layers: QuantizedLayer[] = [];
  const visits = [...nodesOf(main!)];
  const refusals = unknownNodeNames([...include, ...exclude], new Set(visits.flatMap(namesOfNode)));
  for (const visit of visits) {
    const { path, node } = visit;
    const op = node.opType ?? '';
    const weight = tensors.get(node.inputs[1] ?? '');
    const isProduct = isDefaultDomain(node.domain) && ['Conv', 'Gemm', 'MatMul', 'ConvTranspose'].includes(op);
    if (!isProduct || weight?.dataType !== DataType.float32 || tensors.has(node.inputs[0]!)) continue;
    const axis = outputAxisOf(node, weight);
    const refuse = (code: string, reason: string): void => void refusals.push({ path, op, code, reason });
    const isNamed = (names: readonly string[]): boolean => namesOfNode(visit).some((name) => names.includes(name));
    if (isNamed(exclude)) refuse('excluded', 'Excluded by the options.');
    else if (include.length > 0 && !isNamed(include)) refuse('not-included', 'The options include other nodes only.');
    else if (axis === undefined)
      refuse('operator-stays-float', `This ${op} cannot be quantized by training and stays float32.`);
    else if (readers.get(weight.name!) !== 1) refuse('shared', 'Its weight is read by another node too.');
    else layers.push({ path, node, input: node.inputs[0]!, weight, axis });
  }
  return { layers, refusals };
}

function outputAxisOf(node: Node, weight: Tensor): number | undefined {
  if (node.opType === 'Conv') return 0;
  // A matrix for all of a batch; a stack of them has no results in common.
  if (node.opType === 'MatMul') return weight.dims.length === 2 ? 1 : undefined;
  const isPlain =
    (getAttributeInt(node, 'transA') ?? 0) === 0 &&
    (getAttributeFloat(node, 'alpha') ?? 1) === 1 &&
    (getAttributeFloat(node, 'beta') ?? 1) === 1;
  if (node.opType !== 'Gemm' || !isPlain) return undefined;
  return getAttributeInt(node, 'transB') === 1 ? 0 : 1;
}

const mostRangeSamples = 256;

export interface PlanRequest {
  readonly layers: readonly QuantizedLayer[];
  readonly bits: number;
  readonly quantizesActivations: boolean;
  readonly model: Model;
  readonly forward: ForwardGraph;
  /** Samples, or whole batches if the model runs no fewer. */
  readonly runs: readonly Pick<LabeledFeeds, 'feeds'>[];
  readonly perRun: number;
}

/** The grids: of weights by the least squared error, of activations from the smallest to the largest value of 256 samples. */
export async function planQuantization(request: PlanRequest, context: PassContext): Promise<FakeQuantization> {
  const { layers, bits, quantizesActivations } = request;
  const weights = new Map<ValueName, Grid>();
  for (const { weight, axis } of layers) {
    weights.set(weight.name!, await weightGrid(weight, axis, bits, () => context.checkpoint()));
  }
  const activations = quantizesActivations ? await activationGrids(request, context) : new Map<ValueName, Grid>();
  return { weights, activations, layers: new Set(layers.map(({ node }) => node.outputs[0]!)) };
}

async function activationGrids(request: PlanRequest, context: PassContext): Promise<ReadonlyMap<ValueName, Grid>> {
  const ranges = new Map<ValueName, { low: number; high: number }>();
  const runs = request.runs.slice(0, Math.ceil(mostRangeSamples / request.perRun));
  const names = request.layers.map(({ input }) => input);
  await observeInputs({ ...request, runs }, names, context, (name, tensor) => {
    const range = ranges.get(name) ?? { low: 0, high: 0 };
    const data = tensorNumbers(tensor) ?? [];
    for (let index = 0; index < data.length; index++) {
      const value = data[index]!;
      if (value < range.low) range.low = value;
      if (value > range.high) range.high = value;
    }
    ranges.set(name, range);
  });
  return new Map([...ranges].map(([name, { low, high }]) => [name, activationGrid(low, high)]));
}

/** Visits the inputs of layers in each run: those that are fed, then those that the model computes. Rejects as the inference does. */
export async function observeInputs(
  { model, forward, runs, perRun }: PlanRequest,
  inputs: readonly ValueName[],
  { signal, inference, checkpoint }: PassContext,
  visit: (name: ValueName, tensor: FeedTensor, run: number) => void | Promise<void>,
): Promise<void> {
  const fed = new Set(model.graph!.inputs.map(({ name }) => name ?? ''));
  const names = [...new Set(inputs)];
  for (const [run, { feeds }] of runs.entries()) {
    for (const name of names) if (fed.has(name)) await visit(name, feeds[name]!, run);
    await checkpoint();
  }
  await observeValues({
    signal,
    inference: inference!,
    model,
    values: names
      .filter((name) => !fed.has(name))
      .map((name) => ({ name, estimatedBytes: (4 * productOf(forward.shapeOf(name)!) * perRun) / forward.batch })),
    feeds: () => runs.map(({ feeds }) => feeds),
    visit,
    samples: runs.length,
  });
}
