/** Lists of axes, sizes and pads: constant inputs of int64 or int32, and attributes of older operator sets. */
import { toInt64 } from '../../onnx/attributes';
import { DataType } from '../../onnx/data-type';
import type { Node, ValueName } from '../../onnx/graph';
import { createTensor, readIntegers } from '../../onnx/tensor';
import { getAttributeInts } from '../../onnx/traverse';
import type { RewriteGraph } from './rewrite-graph';

const integerTypes = new Set<number>([DataType.int64, DataType.int32]);

/** The elements of a constant; `undefined` for a value that is none, or none of integers. */
export function integerConstant(graph: RewriteGraph, name: ValueName | undefined): readonly number[] | undefined {
  const tensor = name ? graph.constant(name) : undefined;
  return tensor && integerTypes.has(tensor.dataType ?? 0) ? readIntegers(tensor).map(Number) : undefined;
}

/** A list that newer operator sets have as an input and older ones as an attribute. */
export function integersOf(
  graph: RewriteGraph,
  node: Node,
  { input, attribute }: { readonly input: number; readonly attribute: string },
): readonly number[] | undefined {
  return node.inputs[input] ? integerConstant(graph, node.inputs[input]) : getAttributeInts(node, attribute);
}

export function addIntegers(graph: RewriteGraph, base: string, values: readonly number[]): ValueName {
  const bytes = BigInt64Array.from(values, toInt64);
  return graph.addConstant(base, createTensor({ dataType: DataType.int64, dims: [values.length], bytes }));
}
