/**
 * Merges chains of Reshape, Flatten, Squeeze, Unsqueeze and some Transposes, which move no element. The chain becomes
 * nothing if the shape is unchanged, or one Squeeze or Unsqueeze of all axes. It becomes a Reshape if its target needs
 * no shape in between (a 0 in a target keeps a size of it).
 */
import type { Node } from '../../../onnx/graph';
import { isSameSize, type Size } from '../../../onnx/size';
import { axesFromFront } from '../../../onnx/ops/operator';
import { getAttributeInt, isDefaultDomain } from '../../../onnx/traverse';
import { intsAttribute } from '../../../onnx/attributes';
import { keepsElementOrder } from '../element-order';
import { addIntegers, integerConstant, integersOf } from '../integer-constant';
import { reshapeTarget } from '../reshape-target';
import type { RewriteGraph } from '../rewrite-graph';
import type { NodeRule } from '../rewrite-model';
import { previousNode, replaceBoth, takeBack } from './previous-node';

/** The version from which the target of a Reshape is an input. */
const opsetOfReshapeInput = 5;
/** The version from which the axes of Squeeze and Unsqueeze are an input. */
const opsetOfAxesInput = 13;

export const mergeReshapes: NodeRule = (graph, node) => {
  const before = graph.producer(node.inputs[0] ?? '');
  if (before === undefined || !isDefaultDomain(before.domain)) return undefined;
  if (!keepsElementOrder(graph, node) || !keepsElementOrder(graph, before)) return undefined;
  const source = before.inputs[0]!;
  const [from, to] = [graph.value(source).shape, graph.value(node.outputs[0]!).shape];
  if (isSameShape(from, to) && takeBack(graph, before, node))
    return { change: `Removed: reverses the ${before.opType} before` };
  if (previousNode(graph, node, new Set([before.opType!])) === undefined) return undefined;
  const merged = withAllAxes(graph, before, node) ?? withTarget(graph, before, node);
  if (merged === undefined) return undefined;
  replaceBoth(graph, before, node, merged);
  return { change: `Merged with the ${before.opType} before` };
};

function isSameShape(a: readonly Size[] | undefined, b: readonly Size[] | undefined): boolean {
  return a !== undefined && a.length === b?.length && a.every((size, axis) => isSameSize(size, b[axis]!));
}

/** Squeeze after Squeeze, Unsqueeze after Unsqueeze: one with the axes of both. */
function withAllAxes(graph: RewriteGraph, before: Node, node: Node): Node | undefined {
  if (before.opType !== node.opType) return undefined;
  const axes =
    node.opType === 'Squeeze'
      ? squeezedAxes(graph, before, node)
      : node.opType === 'Unsqueeze'
        ? insertedAxes(graph, before, node)
        : undefined;
  if (axes === undefined) return undefined;
  const source = before.inputs[0]!;
  return graph.opset >= opsetOfAxesInput
    ? { ...node, inputs: [source, addIntegers(graph, `${node.outputs[0]!}_axes`, axes)] }
    : { ...node, inputs: [source], attributes: [intsAttribute('axes', axes)] };
}

function axesOf(graph: RewriteGraph, node: Node, rank: number | undefined): readonly number[] | undefined {
  const axes = integersOf(graph, node, { input: 1, attribute: 'axes' });
  return axes === undefined || rank === undefined ? undefined : axesFromFront(axes, rank);
}

function squeezedAxes(graph: RewriteGraph, before: Node, node: Node): readonly number[] | undefined {
  const rank = graph.value(before.inputs[0]!).shape?.length;
  const first = axesOf(graph, before, rank);
  if (rank === undefined || first === undefined) return undefined;
  const left = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !first.includes(axis));
  const second = axesOf(graph, node, left.length);
  return second && [...first, ...second.map((axis) => left[axis]!)].toSorted((a, b) => a - b);
}

function insertedAxes(graph: RewriteGraph, before: Node, node: Node): readonly number[] | undefined {
  const middle = graph.value(before.outputs[0]!).shape?.length;
  const rank = graph.value(node.outputs[0]!).shape?.length;
  const [first, second] = [axesOf(graph, before, middle), axesOf(graph, node, rank)];
  if (rank === undefined || first === undefined || second === undefined) return undefined;
  const left = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !second.includes(axis));
  return [...second, ...first.map((axis) => left[axis]!)].toSorted((a, b) => a - b);
}

function withTarget(graph: RewriteGraph, before: Node, node: Node): Node | undefined {
  if (graph.opset < opsetOfReshapeInput) return undefined;
  const source = before.inputs[0]!;
  const stated = node.opType === 'Reshape' ? integerConstant(graph, node.inputs[1]) : undefined;
  if (stated !== undefined && (getAttributeInt(node, 'allowzero') === 1 || !stated.includes(0)))
    return { ...node, inputs: [source, node.inputs[1]!] };
  const target = reshapeTarget(graph.value(source).shape, graph.value(node.outputs[0]!).shape);
  if (target === undefined) return undefined;
  return {
    ...node,
    opType: 'Reshape',
    inputs: [source, addIntegers(graph, `${node.outputs[0]!}_shape`, target)],
    attributes: [],
  };
}
