/**
 * Removes nodes that do not change their input. If the name of the result is an output of the graph it stays, and the
 * node that computes the input takes it over. A node between an input and an output of the graph must stay.
 */
import type { Node, Tensor } from '../../onnx/graph';
import { isSameSize } from '../../onnx/size';
import { elementCount, readFloat32 } from '../../onnx/tensor';
import { getAttributeInts, isDefaultDomain } from '../../onnx/traverse';
import { tensorContent } from '../../onnx/ops/tensor-content';
import { keepsElementOrder } from './element-order';
import { integerConstant, integersOf } from './integer-constant';
import type { RewriteGraph } from './rewrite-graph';
import { rewriteModel, type NodeRule } from './rewrite-model';
import type { Simplification } from './simplification';
import { ownValue } from '../../own-value';

/** The input that a node hands on, or `undefined` when it does more. */
type NoOpRule = (graph: RewriteGraph, node: Node) => number | undefined;

/** Constants with more elements are not read to find out whether all of them are 0 or 1. */
const longestNeutral = 65_536;

const always: NoOpRule = () => 0;

/** The result has the shape of the input, whatever the sizes turn out to be. */
const sameShape: NoOpRule = (graph, node) => (keepsShape(graph, node, 0) ? 0 : undefined);

function keepsShape(graph: RewriteGraph, node: Node, input: number): boolean {
  const before = graph.value(node.inputs[input] ?? '').shape;
  const after = graph.value(node.outputs[0] ?? '').shape;
  return (
    before !== undefined &&
    before.length === after?.length &&
    before.every((size, axis) => isSameSize(size, after[axis]!))
  );
}

const singleInput: NoOpRule = (_graph, node) => (node.inputs.length === 1 ? 0 : undefined);

const transpose: NoOpRule = (graph, node) => {
  if (getAttributeInts(node, 'perm')?.every((axis, index) => axis === index)) return 0;
  return keepsElementOrder(graph, node) && keepsShape(graph, node, 0) ? 0 : undefined;
};

const cast: NoOpRule = (graph, node) => {
  const [from, to] = [node.inputs[0] ?? '', node.outputs[0] ?? ''].map((name) => graph.value(name).elementType);
  return from !== undefined && from === to ? 0 : undefined;
};

/** A mask that is read, or a ratio that is applied in training mode, means something. */
const dropout: NoOpRule = (graph, node) => {
  const mask = node.outputs[1] ?? '';
  if (mask !== '' && (graph.readers(mask).length > 0 || graph.isOutput(mask))) return undefined;
  const training = node.inputs[2] ?? '';
  if (training === '') return 0;
  const tensor = graph.constant(training);
  return tensor !== undefined && tensorContent(tensor)?.[0] === 0 ? 0 : undefined;
};

const pad: NoOpRule = (graph, node) => {
  const pads = integersOf(graph, node, { input: 1, attribute: 'pads' });
  return pads?.every((count) => count === 0) ? 0 : undefined;
};

/**
 * Matches a slice from the first to the last element in steps of one. A part that happens to be the whole is found by
 * its shape.
 */
const slice: NoOpRule = (graph, node) => {
  const steps = node.inputs[4] ? integerConstant(graph, node.inputs[4]) : [1];
  return steps?.every((step) => step === 1) && keepsShape(graph, node, 0) ? 0 : undefined;
};

/** `x ⊕ n` with a constant n of which every element is neutral, and which does not make the result larger. */
const neutral =
  (element: number, sides: readonly number[]): NoOpRule =>
  (graph, node) => {
    const side = sides.find((input) => {
      const tensor = graph.constant(node.inputs[input] ?? '');
      return tensor !== undefined && isFilledWith(tensor, element);
    });
    if (side === undefined) return undefined;
    const kept = 1 - side;
    return keepsShape(graph, node, kept) ? kept : undefined;
  };

function isFilledWith(tensor: Tensor, element: number): boolean {
  const count = elementCount(tensor);
  if (count === 0 || count > longestNeutral) return false;
  const content = tensorContent(tensor);
  if (content !== undefined) return content.every((value) => value === element);
  try {
    return readFloat32(tensor).every((value) => value === element);
  } catch {
    // Integers of other widths and strings.
    return false;
  }
}

const rules: Readonly<Record<string, NoOpRule>> = {
  Identity: always,
  Dropout: dropout,
  Cast: cast,
  Transpose: transpose,
  Pad: pad,
  Slice: slice,
  Concat: singleInput,
  Sum: singleInput,
  Mean: singleInput,
  Max: singleInput,
  Min: singleInput,
  Reshape: sameShape,
  Flatten: sameShape,
  Squeeze: sameShape,
  Unsqueeze: sameShape,
  Expand: sameShape,
  Tile: sameShape,
  // The sizes of the parts add up to the axis.
  Split: (_graph, node) => (node.outputs.length === 1 ? 0 : undefined),
  Add: neutral(0, [0, 1]),
  Sub: neutral(0, [1]),
  Mul: neutral(1, [0, 1]),
  Div: neutral(1, [1]),
  Pow: neutral(1, [1]),
};

const eliminate: NodeRule = (graph, node) => {
  const rule = isDefaultDomain(node.domain) ? ownValue(rules, node.opType ?? '') : undefined;
  const input = rule?.(graph, node);
  const from = node.outputs[0] ?? '';
  const to = input === undefined ? '' : (node.inputs[input] ?? '');
  if (from === '' || to === '') return undefined;
  return graph.bypass(from, to) ? { change: `Removed: does not change its input` } : undefined;
};

export const eliminateNoOps: Simplification = {
  id: 'eliminate-no-ops',
  summary: 'Removes nodes that do not change their input.',
  apply: (model, context) => rewriteModel(model, context, eliminate),
};
