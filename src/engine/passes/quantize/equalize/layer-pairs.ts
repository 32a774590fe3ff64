/** Layers between which a factor can move: what one computes reaches only the other, through operators that keep factors apart. */
import type { Node, ValueName } from '../../../onnx/graph';
import { getAttributeInt, isDefaultDomain } from '../../../onnx/traverse';
import type { ValueGraph } from '../static/value-graph';

/** f(s·x) = s·f(x) for every s above zero, channel by channel on axis 1. */
const keepsFactors: ReadonlySet<string> = new Set([
  ...['Relu', 'LeakyRelu', 'Identity', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'Flatten'],
]);

/** Where the channels of a constant are. */
export interface ChannelsOf {
  readonly name: ValueName;
  readonly axis: number;
}

export interface LayerPair {
  readonly first: Node;
  readonly second: Node;
  readonly channels: number;
  /** Weight and bias of the first, by the channels that it computes. */
  readonly produced: readonly ChannelsOf[];
  /** Weight of the second, by the channels that it reads: each may stand for several indices in a row. */
  readonly consumed: ChannelsOf;
}

/** Pairs in the order of the graph. A layer may be the second of one and the first of another. */
export function layerPairs(graph: ValueGraph): readonly LayerPair[] {
  return graph.graph.nodes.flatMap((first) => {
    const produced = producedBy(first, graph);
    const second = produced && onlyLayerAfter(first, graph);
    const consumed = second && consumedBy(second, graph);
    if (!produced || !second || !consumed) return [];
    const channels = sizeOf(produced[0]!, graph);
    const indices = sizeOf(consumed, graph);
    return indices % channels === 0 ? [{ first, second, channels, produced, consumed }] : [];
  });
}

function sizeOf({ name, axis }: ChannelsOf, graph: ValueGraph): number {
  return Number(graph.constant(name)!.dims[axis]);
}

function isLayer({ opType, domain }: Node): boolean {
  return isDefaultDomain(domain) && (opType === 'Conv' || opType === 'Gemm');
}

function producedBy(node: Node, graph: ValueGraph): readonly ChannelsOf[] | undefined {
  const [, weight = '', bias = ''] = node.inputs;
  const tensor = graph.ownConstant(weight);
  if (!isLayer(node) || !tensor) return undefined;
  const axis = node.opType === 'Conv' || getAttributeInt(node, 'transB') === 1 ? 0 : 1;
  // A Gemm may add one number to all channels, which no factors of theirs suit.
  if (bias !== '' && graph.ownConstant(bias)?.dims.join() !== String(tensor.dims[axis])) return undefined;
  return [{ name: weight, axis }, ...(bias === '' ? [] : [{ name: bias, axis: 0 }])];
}

function onlyLayerAfter(first: Node, graph: ValueGraph): Node | undefined {
  let value = first.outputs[0] ?? '';
  for (;;) {
    const [reader, ...others] = graph.readers(value);
    if (!reader || others.length > 0 || graph.isOutput(value) || reader.inputs[0] !== value) return undefined;
    if (isLayer(reader)) return reader;
    if (!keepsFactors.has(reader.opType ?? '') || !isDefaultDomain(reader.domain)) return undefined;
    if (reader.opType === 'Flatten' && (getAttributeInt(reader, 'axis') ?? 1) !== 1) return undefined;
    value = reader.outputs[0] ?? '';
  }
}

/** Of a convolution by groups only one of single channels: its weight has them where it has what it computes. */
function consumedBy(node: Node, graph: ValueGraph): ChannelsOf | undefined {
  const [, name = ''] = node.inputs;
  const tensor = graph.ownConstant(name);
  if (!tensor) return undefined;
  if (node.opType === 'Gemm') {
    if (getAttributeInt(node, 'transA') === 1) return undefined;
    return { name, axis: getAttributeInt(node, 'transB') === 1 ? 1 : 0 };
  }
  const group = getAttributeInt(node, 'group') ?? 1;
  if (group === 1) return { name, axis: 1 };
  return tensor.dims[1] === 1n && Number(tensor.dims[0]) === group ? { name, axis: 0 } : undefined;
}
