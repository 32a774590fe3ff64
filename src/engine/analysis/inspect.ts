/** Inspects a model without reading its weights: only shapes, axes and other short tensors. */
import type { FreeDimensions } from '../data/feeds';
import { takesTokens } from '../data/mapping/suggest-text';
import { dataTypeName } from '../onnx/data-type';
import { externalFiles } from '../onnx/codec/external-data';
import type { Dimension, Model, Node, ValueInfo, ValueName, ValueType } from '../onnx/graph';
import { inferModel, type InferredModel } from '../onnx/infer';
import type { InferredValue } from '../onnx/ops/operator';
import { type Size, textOfSize } from '../onnx/size';
import { namesDefinedBy } from '../onnx/subgraphs';
import { storedSizeBytes } from '../onnx/tensor';
import { getAttributeInt, isDefaultDomain, nodes, scopes } from '../onnx/traverse';
import { weights } from '../onnx/weights';
import { statedInputScale } from './input-scale';
import { statedPicture } from './stated-picture';
import { describeRefusal } from './describe-placement';
import { findWarnings } from './find-warnings';
import { holdsIds, idCount, outlineOf } from './id-count';
import { mostTokens } from './most-tokens';
import { outputEndings } from './output-endings';
import { checkTensorrtRules } from './tensorrt-rules';
import { isQuantized } from '../onnx/ops/quantized-operators';
import { countParameters } from './weights/parameters';
import { deadWeights, precisionShares } from './weights/weight-summary';
import type { ShapeEntry } from '../onnx/declared-shape';
import type { InspectedNode, InspectedValue, Inspection, RunCost } from './inspection';
import { ownValue } from '../own-value';
import type { NodeParameters } from './weights/parameters';
import type { PredictedPlacements } from './predict-placement';
import { estimatePeakMemory } from './peak-memory';
import { predictPlacements } from './predict-placement';
import { type NodeCost, reasonOfUnknownCost, uncountedOperators } from './unknown-cost';

type TypedShape = Pick<InspectedValue, 'dtype' | 'shape'>;

export interface InspectOptions {
  /**
   * Sizes for free dimensions, by symbol, or by `<input>.<axis>` for unnamed ones. Dimensions without a size stay
   * symbols.
   */
  readonly dimensions?: FreeDimensions;
}

/** Lists the operator sets in the order of the file, each once: skl2onnx writes the default domain for every part of a pipeline. */
function importedOpsets(model: Model): Inspection['opsets'] {
  const opsets = model.opsetImports.map(({ domain, version }) => ({
    domain: domain ?? '',
    version: Number(version ?? 0n),
  }));
  return [...new Map(opsets.map((opset) => [`${opset.domain} ${opset.version}`, opset])).values()];
}

/**
 * Inspects a model with inferred shapes, which have symbols for open sizes. MACs are multiply-accumulate operations of
 * one run, in matrix products, convolutions, attention and recurrent layers. They are `null` while a size that they
 * depend on is open.
 *
 * @param file facts about the file that the model was read from: `sizeBytes` is the size of the model file alone,
 * `sha256` that of its bytes, as 64 hexadecimal digits.
 */
export function inspect(model: Model, file: Inspection['file'], options: InspectOptions = {}): Inspection {
  const all = weights(model);
  const inferred = inferModel(model, options);
  const values = inspectValues(model, inferred);
  const parameters = countParameters(all);
  const cost = runCost(model, inferred);
  const { providers } = cost;
  const partial = partialBlocks(model);
  const everyNode = inspectNodes(model, { inferred, parameters: parameters.byPath, values, providers });
  return {
    file,
    irVersion: Number(model.irVersion ?? 0n),
    producer: [model.producerName, model.producerVersion].filter((part) => part).join(' '),
    opsets: importedOpsets(model),
    functions: model.functions.map(({ domain, name }) => (domain ? `${domain}::${name ?? ''}` : (name ?? ''))),
    inputs: inspectInputs(model, options.dimensions),
    outputs: inspectOutputs(model, values),
    parameters: parameters.total,
    unreadParameters: parameters.unread,
    weightBytes: all.reduce((sum, weight) => sum + storedSizeBytes(weight.tensor), 0),
    ...cost,
    operators: countOperators(everyNode),
    precision: precisionShares(all),
    deadWeights: deadWeights(all),
    nodes: everyNode,
    values: Object.fromEntries(values),
    ...(partial.length > 0 && { partialBlocks: partial }),
    ...(isQuantized(model) && { tensorrtRules: checkTensorrtRules(model) }),
    externalFiles: externalFiles(model).map(({ location }) => location),
    warnings: [...findWarnings(model, all), ...(providers.refused ? [describeRefusal(providers.refused)] : [])],
  };
}

/** Inputs that a caller must feed, with the sizes that were given for free dimensions. */
export function inspectInputs(model: Model, dimensions: FreeDimensions = {}): readonly InspectedValue[] {
  const inputs = fedInputs(model).map((input) => inspectInput(model, input, dimensions));
  const tokens = inputs.filter((input) => takesTokens(input) && typeof input.shape?.at(-1) !== 'number');
  const most = tokens.length > 0 ? mostTokens(model) : undefined;
  const outline = inputs.some(({ dtype }) => holdsIds(dtype)) ? outlineOf(model) : undefined;
  return inputs.map((input) => {
    const ids = outline && idCount(outline, input);
    return {
      ...input,
      ...(most !== undefined && tokens.includes(input) && { mostTokens: most }),
      ...(ids !== undefined && { idCount: ids }),
    };
  });
}

/** Outputs with the types and shapes that the file declares, without inference. */
export function declaredOutputs({ graph }: Model): readonly InspectedValue[] {
  return (graph?.outputs ?? []).map(({ name, type }) => ({ name: name ?? '', ...inspectType(type) }));
}

/** Inputs that a caller must feed: initializers of the same name are their defaults. */
function fedInputs(model: Model): readonly ValueInfo[] {
  const graph = model.graph;
  if (!graph) return [];
  const defaults = new Set(graph.initializers.map((tensor) => tensor.name));
  for (const sparse of graph.sparseInitializers) defaults.add(sparse.values?.name);
  return graph.inputs.filter((input) => !defaults.has(input.name));
}

/** Free dimensions stay symbols, as the file names them, unless they were given a size. */
function inspectInput(model: Model, input: ValueInfo, dimensions: FreeDimensions): InspectedValue {
  const { dtype, shape } = inspectType(input.type);
  const sized = shape?.map((entry, axis) => {
    if (typeof entry === 'number') return entry;
    return ownValue(dimensions, entry ?? `${input.name}.${axis}`) ?? entry;
  });
  const scaledBy = statedInputScale(model, input.name ?? '');
  const picture = sized?.length === 4 ? statedPicture(model) : undefined;
  return {
    name: input.name ?? '',
    dtype,
    shape: sized ?? null,
    ...(scaledBy !== undefined && { scaledBy }),
    ...(picture && { statedPicture: picture }),
  };
}

function inspectOutputs(model: Model, values: ReadonlyMap<string, TypedShape>): readonly InspectedValue[] {
  const { graph } = model;
  if (graph === undefined) return [];
  const endings = outputEndings(graph);
  return graph.outputs.map((output) => {
    const ending = ownValue(endings, output.name ?? '');
    return { ...inspectValue(output, values), ...(ending !== undefined && { ending }) };
  });
}

function inspectValue(value: ValueInfo, values: ReadonlyMap<string, TypedShape>): InspectedValue {
  return { name: value.name ?? '', ...(values.get(value.name ?? '') ?? inspectType(value.type)) };
}

function inspectType(type: ValueType | undefined): TypedShape {
  if (!type || type.kind === 'none') return { dtype: 'unknown', shape: null };
  if (type.kind !== 'tensor' && type.kind !== 'sparseTensor') return { dtype: type.kind, shape: null };
  return {
    dtype: dataTypeName(type.elementType ?? 0),
    shape: type.shape ? type.shape.dimensions.map(inspectDimension) : null,
  };
}

function inspectDimension(dimension: Dimension): ShapeEntry {
  if ('size' in dimension && dimension.size !== undefined) return Number(dimension.size);
  return 'symbol' in dimension && dimension.symbol ? dimension.symbol : null;
}

/** Every value of all graphs. If two graphs use a name, the outer one counts. */
function inspectValues(model: Model, inferred: InferredModel): Map<string, TypedShape> {
  const values = new Map<string, TypedShape>();
  for (const { graph } of scopes(model)) {
    if (!graph) continue;
    const declared = new Map([...graph.inputs, ...graph.outputs, ...graph.valueInfos].map((info) => [info.name, info]));
    for (const name of namesDefinedBy(graph)) {
      if (!values.has(name)) values.set(name, inspectInferred(inferred.value(graph, name), declared.get(name)?.type));
    }
  }
  return values;
}

function inspectInferred(value: InferredValue | undefined, declared: ValueType | undefined): TypedShape {
  const { dtype, shape } = inspectType(declared);
  return {
    dtype: value?.elementType === undefined ? dtype : dataTypeName(value.elementType),
    shape: value?.shape?.map(inspectSize) ?? shape,
  };
}

function inspectSize(size: Size): ShapeEntry {
  return typeof size === 'number' ? size : (textOfSize(size) ?? null);
}

/** The most frequent first. */
function countOperators(everyNode: readonly InspectedNode[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { op, domain } of everyNode) {
    const name = isDefaultDomain(domain) ? op : `${domain}::${op}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a));
}

/**
 * Blocked quantization (DequantizeLinear since opset 21) whose last block is not full: legal ONNX that some importers lack.
 * Returns the paths of the DequantizeLinear nodes of weights whose size along `axis` is no multiple of `block_size`.
 */
function partialBlocks(model: Model): readonly string[] {
  return weights(model).flatMap(({ tensor, consumers }) =>
    consumers.flatMap(({ node, path, input }) => {
      if (input !== 0 || node.opType !== 'DequantizeLinear' || !isDefaultDomain(node.domain)) return [];
      const block = getAttributeInt(node, 'block_size') ?? 0;
      const size = Number(tensor.dims.at(getAttributeInt(node, 'axis') ?? 1) ?? 0);
      return block > 0 && size % block !== 0 ? [path] : [];
    }),
  );
}

/** Describes one node for `inspect`: its operator, its inputs and its cost. */
interface NodeContext {
  readonly inferred: InferredModel;
  readonly parameters: ReadonlyMap<string, NodeParameters>;
  readonly values: ReadonlyMap<ValueName, Pick<InspectedValue, 'shape'>>;
  readonly providers: PredictedPlacements;
}

/** Every node of the model, those in graphs of nodes and in functions too, in the order of `nodes(model)`. */
function inspectNodes(model: Model, { inferred, parameters, values, providers }: NodeContext): InspectedNode[] {
  const leaving = leavingByPath(providers);
  return Array.from(nodes(model), ({ path, node, scope }) => {
    const { own = 0, shared = 0 } = parameters.get(path) ?? {};
    return {
      path,
      name: node.name ?? '',
      op: node.opType ?? '',
      domain: node.domain ?? '',
      inputs: node.inputs,
      outputs: node.outputs,
      parameters: own,
      ...(shared > 0 && { sharedParameters: shared }),
      macs: inferred.macs(node),
      flops: flopsOf(inferred, node),
      bytes: inferred.bytes(node),
      ...(inferred.hasBody(node) && { includesBodies: true as const }),
      ...(scope.graph !== model.graph && { inBody: true as const }),
      outputShapes: node.outputs.map((output) => values.get(output)?.shape ?? null),
      ...(leaving.has(path) && { leaves: leaving.get(path) }),
    };
  });
}

function leavingByPath({ webgpu, webnn }: PredictedPlacements): Map<string, ('webgpu' | 'webnn')[]> {
  const byPath = new Map<string, ('webgpu' | 'webnn')[]>();
  for (const { path } of webgpu.leaves) byPath.set(path, ['webgpu']);
  for (const { path } of webnn.leaves) byPath.set(path, [...(byPath.get(path) ?? []), 'webnn']);
  return byPath;
}

/**
 * Counts the cost of one run of a whole model from its shapes.
 * @param inferred of the same model, with the wanted sizes. Figures that depend on an open size are `null`.
 */
function runCost(model: Model, inferred: InferredModel): RunCost {
  const estimate = estimatePeakMemory(model, inferred);
  const costs = {
    macs: (node: Node) => inferred.macs(node),
    flops: (node: Node) => flopsOf(inferred, node),
    bytes: (node: Node) => inferred.bytes(node),
  };
  return {
    macs: totalOf(model, costs.macs),
    flops: totalOf(model, costs.flops),
    bytes: totalOf(model, costs.bytes),
    unknown: {
      macs: reasonOf(model, costs.macs, inferred),
      flops: reasonOf(model, costs.flops, inferred),
      bytes: reasonOf(model, costs.bytes, inferred),
    },
    uncountedOperators: uncountedOperators(model, inferred),
    peakActivationBytes: estimate.peak?.bytes ?? null,
    peakActivation: estimate.peak,
    peakActivationUnknown: estimate.peak === null ? estimate.reason : null,
    providers: predictPlacements(model, inferred),
  };
}

/** FLOPs = 2 × MACs + elementwise operations (docs/design/measuring.md, Cost). */
function flopsOf(inferred: InferredModel, node: Node): number | null {
  const [macs, elementwise] = [inferred.macs(node), inferred.elementwise(node)];
  return macs === null || elementwise === null ? null : 2 * macs + elementwise;
}

function reasonOf({ graph }: Model, costOf: NodeCost, inferred: InferredModel): string | null {
  if (graph === undefined) return null;
  return reasonOfUnknownCost({ path: 'graph', nodes: graph.nodes, graph }, costOf, inferred) ?? null;
}

/** Sums over the main graph, because nodes with graphs inside include their work. */
function totalOf(model: Model, costOf: NodeCost): number | null {
  let total = 0;
  for (const node of model.graph?.nodes ?? []) {
    const cost = costOf(node);
    if (cost === null) return null;
    total += cost;
  }
  return total;
}
