/**
 * Removes reads of sizes that a model computes from its values while it runs. A list of sizes that equals an earlier
 * one is read from there. An Expand reads 1 for a size that its input has anyway. The nodes that computed the list lose
 * their readers.
 */
import { DataType } from '../../onnx/data-type';
import type { Node } from '../../onnx/graph';
import { isSameSize, textOfSize, type Size } from '../../onnx/size';
import { isDefaultDomain } from '../../onnx/traverse';
import { addIntegers } from './integer-constant';
import type { RewriteGraph } from './rewrite-graph';
import { rewriteModel, type NodeRule } from './rewrite-model';
import type { Simplification } from './simplification';

const integers = new Set<number | undefined>([DataType.int32, DataType.int64]);

export const eliminateShapeReads: Simplification = {
  id: 'eliminate-shape-reads',
  summary: 'Reads each size once, or not at all if it follows from the input.',
  apply(model, context) {
    const computed = new WeakMap<RewriteGraph, Map<string, Node>>();
    return rewriteModel(model, context, (graph, node) => {
      const known = computed.get(graph) ?? new Map<string, Node>();
      computed.set(graph, known);
      return mergeSizes(graph, node, known) ?? fixExpand(graph, node);
    });
  },
};

function mergeSizes(graph: RewriteGraph, node: Node, known: Map<string, Node>): ReturnType<NodeRule> {
  const key = keyOf(graph, node);
  if (key === undefined) return undefined;
  const first = known.get(key);
  if (first === undefined || !graph.has(first)) {
    known.set(key, node);
    return undefined;
  }
  return graph.merge(node, first) ? { change: `Merged with ${first.outputs[0]!}, which is equal` } : undefined;
}

/** Type, shape and elements of a list of sizes of which one at least is open; `undefined` for any other value. */
function keyOf(graph: RewriteGraph, { outputs, opType }: Node): string | undefined {
  if (outputs.length !== 1 || opType === 'Constant') return undefined;
  const { content, shape, elementType } = graph.value(outputs[0]!);
  if (content === undefined || !integers.has(elementType) || !shape?.every((size) => typeof size === 'number'))
    return undefined;
  const texts = content.map(textOfSize);
  const isOpen = content.some((size) => typeof size === 'object');
  return isOpen && !texts.includes(undefined) ? JSON.stringify([elementType, shape, texts]) : undefined;
}

function fixExpand(graph: RewriteGraph, node: Node): ReturnType<NodeRule> {
  const [source = '', target = ''] = node.inputs;
  if (node.opType !== 'Expand' || !isDefaultDomain(node.domain) || graph.constant(target) !== undefined)
    return undefined;
  const sizes = expandTarget(graph.value(source).shape, graph.value(node.outputs[0] ?? '').shape);
  if (sizes === undefined) return undefined;
  graph.replace(node, [{ ...node, inputs: [source, addIntegers(graph, `${node.outputs[0]!}_shape`, sizes)] }]);
  return { change: 'Has a constant shape, which was computed at run time' };
}

/** Numbers, and 1 for a size that the input has in the same place counted from the end: what is 1 there keeps it. */
function expandTarget(
  input: readonly Size[] | undefined,
  shape: readonly Size[] | undefined,
): readonly number[] | undefined {
  if (input === undefined || shape === undefined) return undefined;
  const target = shape.map((size, axis) => {
    if (typeof size === 'number') return size;
    return isSameSize(size, input[axis - shape.length + input.length] ?? null) ? 1 : undefined;
  });
  return target.includes(undefined) ? undefined : (target as readonly number[]);
}
