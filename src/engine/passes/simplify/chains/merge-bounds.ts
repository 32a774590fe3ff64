/** Clip and Relu after one another are one Clip; Relu after Relu is one Relu. */
import type { Node } from '../../../onnx/graph';
import { floatAttribute } from '../../../onnx/attributes';
import { clipBounds } from '../clip-bounds';
import { largestFloat, writeFloats } from '../float-tensor';
import type { RewriteGraph } from '../rewrite-graph';
import type { NodeRule } from '../rewrite-model';
import { createTensor } from '../../../onnx/tensor';
import { previousNode, replaceBoth } from './previous-node';

const bounding = new Set(['Clip', 'Relu']);

/** The version from which the bounds of a Clip are inputs. */
const opsetOfClipInputs = 11;

export const mergeBounds: NodeRule = (graph, node) => {
  const before = previousNode(graph, node, bounding);
  if (before === undefined || largestFloat(graph.value(before.inputs[0]!).elementType) === undefined) return undefined;
  const [first, second] = [clipBounds(graph, before), clipBounds(graph, node)];
  if (first === undefined || second === undefined) return undefined;
  const [lower, upper] = [first.lower, first.upper].map((bound) => clamp(bound, second)) as [number, number];
  const merged = isRelu(lower, upper)
    ? { ...node, opType: 'Relu', inputs: [before.inputs[0]!], attributes: [] }
    : clipNode(graph, before, node, [lower, upper]);
  replaceBoth(graph, before, node, merged);
  return { change: `Merged with the ${before.opType} before` };
};

function clamp(value: number, { lower, upper }: { readonly lower: number; readonly upper: number }): number {
  return Math.min(Math.max(value, lower), upper);
}

function isRelu(lower: number, upper: number): boolean {
  return lower === 0 && upper === Infinity;
}

function clipNode(graph: RewriteGraph, before: Node, node: Node, bounds: readonly [number, number]): Node {
  const source = before.inputs[0]!;
  const sides = ['min', 'max'] as const;
  const dataType = graph.value(source).elementType!;
  const largest = largestFloat(dataType)!;
  // `clipBounds` replaces an absent bound with these. An infinite bound differs, because it lets infinite values pass.
  const isOwn = (index: number) => bounds[index] !== [-largest, largest][index];
  if (graph.opset < opsetOfClipInputs) {
    const attributes = sides.flatMap((side, index) => (isOwn(index) ? [floatAttribute(side, bounds[index]!)] : []));
    return { ...node, opType: 'Clip', inputs: [source], attributes };
  }
  const like = createTensor({ dataType, dims: [], bytes: new Uint8Array(0) });
  const known = [...before.inputs.slice(1), ...node.inputs.slice(1)];
  const inputs = sides.map((side, index) => {
    const bound = () => writeFloats(like, [], Float64Array.of(bounds[index]!));
    return isOwn(index) ? graph.addConstant(`${node.outputs[0]!}_${side}`, bound(), known) : '';
  });
  return {
    ...node,
    opType: 'Clip',
    inputs: [source, ...(inputs[1] === '' ? inputs.slice(0, 1) : inputs)],
    attributes: [],
  };
}
