/** Finds the layers that two thin ones can take the place of, and says of the others why not. Reads no weights. */
import { DataType, dataTypeName, isFloatDataType } from '../../onnx/data-type';
import type { ChannelLayer } from '../../onnx/coupling/channel-groups';
import type { Model, Tensor } from '../../onnx/graph';
import type { InferredModel } from '../../onnx/infer';
import { weightOperandsOf } from '../../onnx/ops/registry';
import { overridableInitializers } from '../../onnx/overridable-initializers';
import { elementCount } from '../../onnx/tensor';
import { getAttributeFloat, getAttributeInt, isDefaultDomain, nodes, type NodeVisit } from '../../onnx/traverse';
import { weights, type Weight, type WeightConsumer } from '../../onnx/weights';
import { namesOfNode, unknownNodeNames } from '../node-names';
import type { Refusal } from '../pass';
import type { FactorizeOptions } from './factorize-options';

/** A weight of the main graph with the nodes that multiply with it, all in the same way. */
export interface FactorizableLayer {
  /** The path of the first node. */
  readonly path: string;
  readonly op: string;
  /** One for each node. */
  readonly readers: readonly ChannelLayer[];
  readonly weight: Tensor;
  readonly outputs: number;
  readonly inputs: number;
  /** Sizes of the kernel; empty for products. */
  readonly kernel: readonly number[];
  /** Places at which it is multiplied, in one run of the model. */
  readonly positions: number;
}

export interface FoundLayers {
  readonly layers: readonly FactorizableLayer[];
  readonly refusals: readonly Refusal[];
}

type Reason = Pick<Refusal, 'code' | 'reason'>;

const writable: ReadonlySet<number | undefined> = new Set([DataType.float32, DataType.float16, DataType.float64]);

/** @param inferred with sizes for free dimensions, so that positions are numbers. */
export function factorizableLayers(model: Model, inferred: InferredModel, options: FactorizeOptions): FoundLayers {
  const visits = [...nodes(model)];
  const refusals = unknownNodeNames([...options.include, ...options.exclude], new Set(visits.flatMap(namesOfNode)));
  const overridable = overridableInitializers(model);
  const layers: FactorizableLayer[] = [];
  const reported = new Set<NodeVisit['node']>();
  for (const weight of weights(model)) {
    if (!isFloatDataType(weight.tensor.dataType ?? DataType.undefined)) continue;
    const readers = weight.consumers.filter(isOperand);
    const [first] = readers;
    if (first === undefined) continue;
    const found = reasonOf(weight, readers, overridable, options) ?? layerOf(weight, readers, inferred);
    if ('reason' in found) {
      for (const { path, node } of readers) refusals.push({ path, op: node.opType ?? '', ...found });
    } else layers.push(found);
    for (const { node } of readers) reported.add(node);
  }
  for (const visit of visits) {
    const { node, path } = visit;
    if (reported.has(node) || weightOperandsOf(node).length === 0) continue;
    const reason = 'It has no stored float weight. Run simplify first to fold computed weights.';
    refusals.push({ path, op: node.opType ?? '', code: 'no-constant-weight', reason });
  }
  const order = new Map(visits.map(({ path }, index) => [path, index]));
  return { layers: layers.toSorted((a, b) => order.get(a.path)! - order.get(b.path)!), refusals };
}

function isOperand({ node, input }: WeightConsumer): boolean {
  return weightOperandsOf(node).some((operand) => operand.input === input);
}

function reasonOf(
  weight: Weight,
  readers: readonly WeightConsumer[],
  overridable: ReadonlySet<string>,
  { include, exclude }: FactorizeOptions,
): Reason | undefined {
  const isNamedIn = (names: readonly string[]): boolean =>
    readers.some((reader) => namesOfNode(reader).some((name) => names.includes(name)));
  if (isNamedIn(exclude)) return { code: 'excluded', reason: 'Excluded by the options.' };
  if (include.length > 0 && !isNamedIn(include)) {
    return { code: 'not-included', reason: 'The options include other nodes only.' };
  }
  if (weight.scope.parent !== undefined || weight.scope.function || readers.some(({ scope }) => scope.parent)) {
    return { code: 'body', reason: 'Layers in the bodies of other nodes and of functions are not factorized.' };
  }
  if (weight.owner === 'initializer' && overridable.has(weight.name)) {
    const reason = `The weight "${weight.name}" is also an input of the model, so a caller may override it.`;
    return { code: 'overridable', reason };
  }
  if (weight.sparse) return { code: 'sparse', reason: `The weight "${weight.name}" is stored as a sparse tensor.` };
  const other = weight.consumers.find((consumer) => !isOperand(consumer));
  if (other || weight.isGraphOutput) {
    const where = other ? other.path : 'an output of the model';
    return { code: 'shared', reason: `Its weight is also read by ${where}, so it must stay unchanged.` };
  }
  if (writable.has(weight.tensor.dataType)) return undefined;
  const type = dataTypeName(weight.tensor.dataType ?? 0);
  return {
    code: 'unsupported-type',
    reason: `The weight "${weight.name}" is ${type}: its factors could not be stored.`,
  };
}

function layerOf(
  weight: Weight,
  readers: readonly WeightConsumer[],
  inferred: InferredModel,
): FactorizableLayer | Reason {
  const layers: ChannelLayer[] = [];
  let positions = 0;
  for (const reader of readers) {
    const { node, path, input } = reader;
    const problem = formProblem(reader, weight.tensor);
    if (problem) return problem;
    layers.push({ path, node, weight: weight.name, input, via: [], data: node.inputs[0]!, ...axesOf(reader) });
    const macs = inferred.macs(node);
    if (macs === null) return { code: 'open-size', reason: 'The number of its multiplications is unknown.' };
    positions += macs;
  }
  const [first, ...others] = layers;
  if (others.some(({ node, produces }) => node.opType !== first!.node.opType || produces !== first!.produces)) {
    return { code: 'shared', reason: 'Its weight is also used by a node of another kind.' };
  }
  const sizes = weight.tensor.dims.map(Number);
  const [outputs, inputs] = [sizes[first!.produces!]!, sizes[first!.consumes!]!];
  const elements = elementCount(weight.tensor);
  if (elements === 0) return { code: 'empty', reason: 'Its weight contains no numbers.' };
  const { path, node } = first!;
  return {
    ...{ path, op: node.opType ?? '', readers: layers, weight: weight.tensor, outputs, inputs },
    kernel: node.opType === 'Conv' ? sizes.slice(2) : [],
    positions: positions / elements,
  };
}

function formProblem({ node, input }: WeightConsumer, { dims }: Tensor): Reason | undefined {
  const op = isDefaultDomain(node.domain) ? node.opType : undefined;
  if (op === 'Conv') {
    if ((getAttributeInt(node, 'group') ?? 1) === 1) return undefined;
    const reason = 'It is a grouped or depthwise convolution: each output reads only few channels.';
    return { code: 'grouped', reason };
  }
  if (op !== 'Gemm' && op !== 'MatMul') {
    const reason = `${node.opType ?? 'This node'} cannot be factorized: only Conv, Gemm and MatMul can.`;
    return { code: 'operator', reason };
  }
  if (input !== 1 || dims.length !== 2) {
    const reason = `Its weight of ${dims.join(' × ')} is not the right operand of a product.`;
    return { code: 'form', reason };
  }
  const isPlain = ['alpha', 'beta'].every((name) => (getAttributeFloat(node, name) ?? 1) === 1);
  if (isPlain && getAttributeInt(node, 'transA') !== 1) return undefined;
  return { code: 'form', reason: 'It scales its product or transposes its input. Run simplify first.' };
}

function axesOf({ node }: WeightConsumer): { readonly consumes: number; readonly produces: number } {
  const isOutputFirst = node.opType === 'Conv' || (node.opType === 'Gemm' && getAttributeInt(node, 'transB') === 1);
  return isOutputFirst ? { consumes: 1, produces: 0 } : { consumes: 0, produces: 1 };
}
