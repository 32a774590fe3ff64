/** Slice after Slice along other axes is one Slice. */
import type { Node } from '../../../onnx/graph';
import { axesFromFront } from '../../../onnx/ops/operator';
import { getAttributeInts } from '../../../onnx/traverse';
import { intsAttribute } from '../../../onnx/attributes';
import { addIntegers, integerConstant } from '../integer-constant';
import type { RewriteGraph } from '../rewrite-graph';
import type { NodeRule } from '../rewrite-model';
import { previousNode, replaceBoth } from './previous-node';

interface Cut {
  readonly axes: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly steps: readonly number[];
}

/** From this version on all of it is inputs, and there are steps. */
const opsetOfSliceInputs = 10;

const slice = new Set(['Slice']);

export const mergeSlices: NodeRule = (graph, node) => {
  const before = previousNode(graph, node, slice);
  const first = before && cutOf(graph, before);
  const second = cutOf(graph, node);
  if (before === undefined || first === undefined || second === undefined) return undefined;
  // Cuts of one axis in turn are clamped to sizes that may not be known.
  if (second.axes.some((axis) => first.axes.includes(axis))) return undefined;
  const both: Cut = {
    axes: [...first.axes, ...second.axes],
    starts: [...first.starts, ...second.starts],
    ends: [...first.ends, ...second.ends],
    steps: [...first.steps, ...second.steps],
  };
  replaceBoth(graph, before, node, sliceNode(graph, node, before.inputs[0]!, both));
  return { change: 'Merged with the Slice before' };
};

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
