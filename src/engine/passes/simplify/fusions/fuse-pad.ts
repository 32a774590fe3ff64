/**
 * Moves a Pad that only a Conv or a pool reads into the padding of that node. Conv takes zeros along the spatial axes,
 * and so does AveragePool, which then counts them. MaxPool takes padding that is never the largest: −∞, or 0 around
 * values that are known not to be negative.
 */
import { DataType } from '../../../onnx/data-type';
import type { Node } from '../../../onnx/graph';
import { axesFromFront } from '../../../onnx/ops/operator';
import {
  getAttributeFloat,
  getAttributeInt,
  getAttributeInts,
  getAttributeText,
  isDefaultDomain,
} from '../../../onnx/traverse';
import { intAttribute, intsAttribute } from '../../../onnx/attributes';
import { clipBounds } from '../clip-bounds';
import { integerConstant, integersOf } from '../integer-constant';
import { ownPads } from './own-pads';
import type { RewriteGraph } from '../rewrite-graph';
import { rewriteModel, type NodeRule } from '../rewrite-model';
import { scalarOf } from '../scalar-constant';
import type { Simplification } from '../simplification';

const layers = new Set(['Conv', 'AveragePool', 'MaxPool']);
/** AveragePool left padding out of its averages before this version, and no attribute could change that. */
const opsetOfCountedPadding = 7;

/** The padding before and after each spatial axis. */
interface Padding {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly value: number;
}

const fuse: NodeRule = (graph, node) => {
  if (!isDefaultDomain(node.domain) || !layers.has(node.opType ?? '')) return undefined;
  const name = node.inputs[0] ?? '';
  const pad = graph.producer(name);
  if (pad?.opType !== 'Pad' || !isDefaultDomain(pad.domain) || graph.onlyReader(name) !== node) return undefined;
  const padding = node.inputs.slice(1).includes(name) ? undefined : paddingOf(graph, pad);
  const own = ownPads(node, padding?.before.length ?? 0);
  if (padding === undefined || own === undefined || !canPad(graph, node, pad, padding, own)) return undefined;
  const pads = [...padding.before, ...padding.after].map((count, index) => count + own[index]!);
  const replaced = new Set(['pads', 'auto_pad', ...(node.opType === 'AveragePool' ? ['count_include_pad'] : [])]);
  const attributes = [
    ...node.attributes.filter((attribute) => !replaced.has(attribute.name ?? '')),
    intsAttribute('pads', pads),
    ...(node.opType === 'AveragePool' ? [intAttribute('count_include_pad', 1)] : []),
  ];
  graph.replace(node, [{ ...node, inputs: [pad.inputs[0]!, ...node.inputs.slice(1)], attributes }]);
  graph.remove(pad);
  return { change: 'Pads its input itself' };
};

/** Batch and channels stay unchanged, and nothing is cut off; `undefined` for another Pad. */
function paddingOf(graph: RewriteGraph, pad: Node): Padding | undefined {
  if ((getAttributeText(pad, 'mode') ?? 'constant') !== 'constant') return undefined;
  const rank = graph.value(pad.inputs[0]!).shape?.length;
  const stated = integersOf(graph, pad, { input: 1, attribute: 'pads' });
  const value = pad.inputs[2] ? scalarOf(graph, pad.inputs[2]) : (getAttributeFloat(pad, 'value') ?? 0);
  if (rank === undefined || rank < 3 || stated === undefined || value === undefined) return undefined;
  const given = pad.inputs[3] ? integerConstant(graph, pad.inputs[3]) : Array.from({ length: rank }, (_, axis) => axis);
  const axes = given && axesFromFront(given, rank);
  if (axes === undefined || stated.length !== 2 * axes.length) return undefined;
  const counts = (side: 0 | 1) =>
    Array.from({ length: rank }, (_, axis) => {
      const index = axes.indexOf(axis);
      return index < 0 ? 0 : stated[side * axes.length + index]!;
    });
  const [before, after] = [counts(0), counts(1)];
  const isSpatial = [before, after].every((side) => side.every((count, axis) => (axis < 2 ? count === 0 : count >= 0)));
  return isSpatial ? { before: before.slice(2), after: after.slice(2), value } : undefined;
}

function canPad(
  graph: RewriteGraph,
  node: Node,
  pad: Node,
  { before, after, value }: Padding,
  own: readonly number[],
): boolean {
  if (node.opType === 'Conv') return value === 0;
  // A window that reaches over the end counts padded values, but nothing beyond them.
  if (getAttributeInt(node, 'ceil_mode') === 1) return false;
  if (getAttributeInts(node, 'dilations')?.some((dilation) => dilation !== 1)) return false;
  // A pool may not pad a whole window: runtimes refuse it, and a maximum of nothing has no value.
  const kernel = getAttributeInts(node, 'kernel_shape');
  const total = [...before, ...after].map((count, index) => count + own[index]!);
  if (kernel?.length !== before.length || total.some((count, index) => count >= kernel[index % kernel.length]!))
    return false;
  if (node.opType === 'MaxPool') return isNeverLargest(graph, node, pad, value);
  if (graph.opset < opsetOfCountedPadding) return false;
  const isCounted = getAttributeInt(node, 'count_include_pad') === 1;
  return value === 0 && (isCounted || own.every((count) => count === 0));
}

/** The lowest number of float16 and of float32: exporters write one of them for −∞. */
const lowest: Readonly<Record<number, number>> = {
  [DataType.float16]: -65504,
  [DataType.float32]: -3.4028234663852886e38,
};

function isNeverLargest(graph: RewriteGraph, node: Node, pad: Node, value: number): boolean {
  // The second result counts places of the padded input.
  if ((node.outputs[1] ?? '') !== '') return false;
  const source = pad.inputs[0]!;
  const { elementType } = graph.value(source);
  if (value <= (lowest[elementType ?? 0] ?? -Infinity)) return true;
  return value === 0 && isNotNegative(graph, graph.producer(source));
}

const notNegative = new Set(['Relu', 'Sigmoid', 'HardSigmoid', 'Softmax', 'Abs', 'Exp', 'Sqrt', 'Softplus']);
/** Operators that hand the sign of their input on. */
const moving = new Set([
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'Identity',
  'Reshape',
  'Transpose',
]);

function isNotNegative(graph: RewriteGraph, node: Node | undefined): boolean {
  if (node === undefined || !isDefaultDomain(node.domain)) return false;
  if (notNegative.has(node.opType ?? '')) return true;
  if (node.opType === 'Clip') return (clipBounds(graph, node)?.lower ?? -1) >= 0;
  return moving.has(node.opType ?? '') && isNotNegative(graph, graph.producer(node.inputs[0]!));
}

export const fusePad: Simplification = {
  id: 'fuse-pad',
  summary: 'Fuses padding into convolutions and pools.',
  apply: (model, context) => rewriteModel(model, context, fuse),
};
