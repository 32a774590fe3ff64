/**
 * Writes operators without a gradient rule as operators that have one: LSTM, GRU and RNN step by step, GroupNormalization by
 * InstanceNormalization, and attention without a cache by products and a softmax. Weights keep their names and forms, so what is
 * learned fits the model.
 */
import { ModelEditor } from '../onnx/edit';
import type { Graph, Model, Node, ValueName } from '../onnx/graph';
import { getAttributeInt, isDefaultDomain } from '../onnx/traverse';
import { productOf } from '../product-of';
import { whyNotAttention, writeAttention } from './lower-attention';
import { whyNotRecurrent, writeRecurrent } from './lower-recurrent';
import { type ElementTypeOf, NodeWriter, type ShapeOf } from './node-writer';

export interface LoweredGraph {
  readonly graph: Graph;
  /** First outputs of the nodes that read weights of the operators that were replaced. */
  readonly views: ReadonlySet<ValueName>;
}

interface Lowering {
  /** A clause that says why a node cannot be written as others. Absent: every node can. */
  whyNot?(node: Node, shapeOf: ShapeOf): string | undefined;
  write(writer: NodeWriter, node: Node, shapeOf: ShapeOf): void;
}

const recurrent: Lowering = { whyNot: whyNotRecurrent, write: writeRecurrent };
const lowerings: ReadonlyMap<string, Lowering> = new Map<string, Lowering>([
  ['LSTM', recurrent],
  ['GRU', recurrent],
  ['RNN', recurrent],
  ['GroupNormalization', { write: writeGroupNormalization }],
  ['Attention', { whyNot: whyNotAttention, write: writeAttention }],
]);

/** The graph without operators that can be written as others; the same graph if there are none. */
export function lowerForward(
  model: Model,
  { shapeOf, elementTypeOf }: { readonly shapeOf: ShapeOf; readonly elementTypeOf: ElementTypeOf },
): LoweredGraph {
  const editor = new ModelEditor(model);
  const writer = new NodeWriter(editor.graph, elementTypeOf);
  for (const node of model.graph!.nodes) {
    if (!needsLowering(node) || whyNotLowered(node, shapeOf) !== undefined) continue;
    lowerings.get(node.opType!)!.write(writer, node, shapeOf);
    editor.graph.replaceNode(node, writer.takeNodes());
  }
  return { graph: editor.finish().graph!, views: writer.views };
}

export function needsLowering({ domain, opType = '' }: Node): boolean {
  return isDefaultDomain(domain) && lowerings.has(opType);
}

/** A clause that says why an operator cannot be written as others, or `undefined`. */
export function whyNotLowered(node: Node, shapeOf: ShapeOf): string | undefined {
  if (node.inputs.some((name) => name !== '' && shapeOf(name) === undefined))
    return 'a size is known only while the model runs';
  return lowerings.get(node.opType!)!.whyNot?.(node, shapeOf);
}

/** Groups become channels of InstanceNormalization; scale and bias are per channel, since operator set 21, or per group. */
function writeGroupNormalization(writer: NodeWriter, node: Node, shapeOf: ShapeOf): void {
  const [x, scale, bias] = node.inputs as [ValueName, ValueName, ValueName];
  const shape = shapeOf(x)!;
  const [batch, channels] = shape as [number, number];
  const groups = getAttributeInt(node, 'num_groups') ?? 1;
  const apart = writer.reshape(x, [batch, groups, productOf(shape.slice(1)) / groups]);
  const epsilon = node.attributes.filter(({ name }) => name === 'epsilon');
  const ones = writer.filled([groups], 1);
  const normal = writer.one('InstanceNormalization', [apart, ones, writer.filled([groups], 0)], epsilon);
  const isPerGroup = shapeOf(scale)![0] === groups && groups !== channels;
  const inner = shape.slice(2).map(() => 1);
  const perChannel = isPerGroup ? [groups, 1, ...inner] : [channels, ...inner];
  const joined = isPerGroup ? [batch, groups, channels / groups, ...shape.slice(2)] : shape;
  const scaled = writer.one('Mul', [writer.reshape(normal, joined), writer.view(writer.reshape(scale, perChannel))]);
  const shifted = writer.one('Add', [scaled, writer.view(writer.reshape(bias, perChannel))]);
  writer.give(node.outputs[0], isPerGroup ? writer.reshape(shifted, shape) : shifted);
}
