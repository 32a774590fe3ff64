/** Slice after Slice along other axes is one Slice, also where several Slices cut what the first one leaves. */
import type { Node, ValueName } from '../../../onnx/graph';
import { axesFromFront } from '../../../onnx/ops/operator';
import { getAttributeInts, isDefaultDomain } from '../../../onnx/traverse';
import { intsAttribute } from '../../../onnx/attributes';
import { addIntegers, integerConstant } from '../integer-constant';
import type { RewriteGraph } from '../rewrite-graph';
import type { NodeRule } from '../rewrite-model';

interface Cut {
  readonly axes: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly steps: readonly number[];
}

/** The version from which all parameters are inputs, and steps exist. */
const opsetOfSliceInputs = 10;

export const mergeSlices: NodeRule = (graph, node) => {
  const [name = ''] = node.inputs;
  const before = graph.producer(name);
  if (before === undefined || !isSlice(before) || graph.isOutput(name)) return undefined;
  const first = cutOf(graph, before);
  const second = first && cutAfter(graph, node, name, first);
  const readers = graph.readers(name);
  if (first === undefined || second === undefined) return undefined;
  // The first one must go away, or there would be as many as before.
  if (!readers.every((reader) => cutAfter(graph, reader, name, first) !== undefined)) return undefined;
  const both: Cut = {
    axes: [...first.axes, ...second.axes],
    starts: [...first.starts, ...second.starts],
    ends: [...first.ends, ...second.ends],
    steps: [...first.steps, ...second.steps],
  };
  graph.replace(node, [sliceNode(graph, node, before.inputs[0]!, both)]);
  if (readers.length === 1) graph.remove(before);
  return { change: 'Merged with the Slice before' };
};

function isSlice({ opType, domain }: Node): boolean {
  return opType === 'Slice' && isDefaultDomain(domain);
}

/** The cut of a Slice of `name`, if it cuts other axes than the one before. Repeated cuts of one axis are clamped to sizes that may be unknown. */
function cutAfter(graph: RewriteGraph, node: Node, name: ValueName, before: Cut): Cut | undefined {
  if (!isSlice(node) || node.inputs.lastIndexOf(name) !== 0) return undefined;
  const cut = cutOf(graph, node);
  return cut?.axes.some((axis) => before.axes.includes(axis)) ? undefined : cut;
}

function cutOf(graph: RewriteGraph, node: Node): Cut | undefined {
  const rank = graph.value(node.inputs[0]!).shape?.length;
  const isAttribute = graph.opset < opsetOfSliceInputs;
  const read = (attribute: string, input: number) =>
    isAttribute ? getAttributeInts(node, attribute) : integerConstant(graph, node.inputs[input]);
  const [starts, ends] = [read('starts', 1), read('ends', 2)];
  if (starts === undefined || ends === undefined || rank === undefined) return undefined;
  const isGiven = (input: number) => !isAttribute && (node.inputs[input] ?? '') !== '';
  const stated = read('axes', 3);
  const steps = isGiven(4) ? read('steps', 4) : starts.map(() => 1);
  if ((stated === undefined && isGiven(3)) || steps === undefined) return undefined;
  const axes = axesFromFront(stated ?? starts.map((_, axis) => axis), rank);
  return axes && { axes, starts, ends, steps };
}

function sliceNode(graph: RewriteGraph, node: Node, source: string, { axes, starts, ends, steps }: Cut): Node {
  if (graph.opset < opsetOfSliceInputs) {
    const attributes = [intsAttribute('axes', axes), intsAttribute('starts', starts), intsAttribute('ends', ends)];
    return { ...node, inputs: [source], attributes };
  }
  const add = (name: string, values: readonly number[]) => addIntegers(graph, `${node.outputs[0]!}_${name}`, values);
  const inputs = [source, add('starts', starts), add('ends', ends), add('axes', axes)];
  return { ...node, inputs: steps.every((step) => step === 1) ? inputs : [...inputs, add('steps', steps)] };
}
