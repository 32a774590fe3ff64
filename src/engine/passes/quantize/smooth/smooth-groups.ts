/** Values whose channels can be scaled: what products with constants read, and where the factors come from. */
import type { Node, ValueName } from '../../../onnx/graph';
import { elementCount } from '../../../onnx/tensor';
import { getAttributeInt, isDefaultDomain } from '../../../onnx/traverse';
import type { ValueGraph } from '../static/value-graph';

/** MatMul, or Gemm, with a constant matrix that it alone reads. */
export interface SmoothedProduct {
  readonly node: Node;
  readonly weight: ValueName;
  /** Where the matrix has the channels that it sums over: 0 or 1. */
  readonly axis: number;
}

export interface SmoothGroup {
  readonly value: ValueName;
  /** Channels: the last axis of the value. */
  readonly channels: number;
  readonly products: readonly SmoothedProduct[];
  /** Constants of the value's producer that can be divided instead of the value; absent: it needs a Mul of its own. */
  readonly sources?: readonly ValueName[];
}

/** In the order of the graph. */
export function findSmoothGroups(graph: ValueGraph, left: ReadonlySet<Node>): readonly SmoothGroup[] {
  const groups = new Map<ValueName, SmoothedProduct[]>();
  for (const node of graph.graph.nodes) {
    const product = left.has(node) ? undefined : productOf(node, graph);
    const value = node.inputs[0] ?? '';
    if (!product || graph.constant(value) || !graph.isFloat(value)) continue;
    const known = groups.get(value);
    if (known) known.push(product);
    else groups.set(value, [product]);
  }
  return [...groups].flatMap(([value, products]) => {
    const [channels, ...others] = products.map(({ weight, axis }) => Number(graph.constant(weight)!.dims[axis]));
    if (channels === undefined || others.some((size) => size !== channels)) return [];
    const isRead = products.length === graph.readers(value).length && !graph.isOutput(value);
    const sources = isRead ? sourcesOf(value, channels, graph) : undefined;
    return [{ value, channels, products, ...(sources && { sources }) }];
  });
}

function productOf(node: Node, graph: ValueGraph): SmoothedProduct | undefined {
  const weight = node.inputs[1] ?? '';
  const isGemm = node.opType === 'Gemm' && getAttributeInt(node, 'transA') !== 1;
  if (!isDefaultDomain(node.domain) || !(isGemm || node.opType === 'MatMul')) return undefined;
  if (graph.ownConstant(weight)?.dims.length !== 2) return undefined;
  return { node, weight, axis: isGemm && getAttributeInt(node, 'transB') === 1 ? 1 : 0 };
}

/** Scale and bias of a normalization, whether it is one operator or ends with Mul and Add. */
function sourcesOf(value: ValueName, channels: number, graph: ValueGraph): readonly ValueName[] | undefined {
  const producer = graph.producer(value);
  if (!producer || !isDefaultDomain(producer.domain)) return undefined;
  const isVector = (name: ValueName): boolean => {
    const tensor = graph.ownConstant(name);
    return tensor?.dims.at(-1) === BigInt(channels) && elementCount(tensor) === channels;
  };
  if (producer.opType === 'LayerNormalization') {
    const [, scale = '', bias = ''] = producer.inputs;
    const isLast = (getAttributeInt(producer, 'axis') ?? -1) === -1;
    if (!isLast || producer.outputs[0] !== value || !isVector(scale) || (bias !== '' && !isVector(bias)))
      return undefined;
    return bias === '' ? [scale] : [scale, bias];
  }
  const vector = producer.inputs.find(isVector);
  if (vector === undefined) return undefined;
  if (producer.opType === 'Mul') return [vector];
  const scaled = producer.inputs.find((name) => name !== vector) ?? '';
  if (producer.opType !== 'Add' || graph.readers(scaled).length !== 1 || graph.isOutput(scaled)) return undefined;
  const before = graph.producer(scaled);
  const factor = before?.opType === 'Mul' ? before.inputs.find(isVector) : undefined;
  return factor === undefined ? undefined : [factor, vector];
}
