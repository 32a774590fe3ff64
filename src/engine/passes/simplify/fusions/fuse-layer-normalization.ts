/**
 * Fuses layer normalization (Ba, Kiros and Hinton 2016) and RMS normalization (Zhang and Sennrich 2019) that exporters
 * write as means, squares and roots. They become LayerNormalization (opset 17) and RMSNormalization (opset 23), with
 * scale and bias if there are some. The normalization runs over the last axis or axes, in float16 or float32. Both
 * operators accumulate in float32, so a float16 model needs no Casts around them.
 */
import { DataType } from '../../../onnx/data-type';
import type { Node, Tensor, ValueName } from '../../../onnx/graph';
import { isSameSize } from '../../../onnx/size';
import { fixedShape } from '../../../onnx/ops/content';
import { axesFromFront, type SymbolicShape } from '../../../onnx/ops/operator';
import { createTensor, elementCount } from '../../../onnx/tensor';
import { getAttributeInt, isDefaultDomain } from '../../../onnx/traverse';
import { floatAttribute, intAttribute } from '../../../onnx/attributes';
import { readFloats, writeFloats } from '../float-tensor';
import { integersOf } from '../integer-constant';
import { any, commutative, either, is, number, op, sum, value } from './formula';
import { needsOpset, Pattern } from './pattern';
import type { RewriteGraph } from '../rewrite-graph';
import { rewriteModel, type NodeRule } from '../rewrite-model';
import type { Simplification } from '../simplification';
import { productOf } from '../../../product-of';

const types = new Set<number | undefined>([DataType.float16, DataType.float32]);

const d = value('d');
const square = either(op('Pow', d, number(is(2))), op('Mul', d, d));
const meanSquare = sum(value('mean of squares', op('ReduceMean', square)), number(any('epsilon')));
const root = either(op('Sqrt', meanSquare), op('Pow', meanSquare, number(is(0.5))));
const inverseRoot = either(
  op('Pow', meanSquare, number(is(-0.5))),
  op('Div', number(is(1)), root),
  op('Reciprocal', root),
);
/** d ÷ √(mean(d²) + epsilon), in the forms that exporters give it. */
const normalization = either(op('Div', d, root), commutative('Mul', d, inverseRoot));
/** The d of layer normalization. RMS normalization takes no mean away: its d is x. */
const difference = op('Sub', value('x'), value('mean', op('ReduceMean', value('x'))));

/** A value that is divided by its root mean square. */
interface Normalized {
  /** The value before a mean is subtracted. */
  readonly x: ValueName;
  readonly axis: number;
  readonly shape: SymbolicShape;
  readonly epsilon: number;
  readonly isCentered: boolean;
}

/** The nodes after the division that scale and shift the result. */
interface Ending {
  readonly scale?: ValueName;
  readonly bias?: ValueName;
  readonly nodes: readonly Node[];
}

const fuse: NodeRule = (graph, node) => {
  if (!isDefaultDomain(node.domain) || (node.opType !== 'Div' && node.opType !== 'Mul')) return undefined;
  // Most products and quotients do not match, so the pattern is checked before anything else.
  const pattern = new Pattern(graph, node);
  const normalized = normalization(pattern, node.outputs[0]!) ? normalizedBy(pattern) : undefined;
  if (normalized === undefined) return undefined;
  const { ending, x } = endingOf(graph, node, normalized);
  pattern.extend(ending.nodes);
  const isScaledByOwn = [ending.scale, ending.bias].some((name) => name !== undefined && pattern.computes(name));
  if (!pattern.isClosed() || isScaledByOwn) return undefined;
  const [operator, opset] = normalized.isCentered
    ? (['LayerNormalization', 17] as const)
    : (['RMSNormalization', 23] as const);
  const scale = scaleOf(graph, normalized, ending.scale, x);
  if (scale === undefined) return undefined;
  if (graph.opset < opset) return needsOpset(graph, operator, opset);
  const bias = ending.bias === undefined ? [] : [parameterOf(graph, normalized, ending.bias)!];
  const parameters = [scale, ...bias].map((each) =>
    typeof each === 'string' ? each : graph.addConstant(each.name ?? `${node.outputs[0]!}_scale`, each),
  );
  const axis = intAttribute('axis', normalized.axis - normalized.shape.length);
  const attributes = [axis, floatAttribute('epsilon', normalized.epsilon)];
  pattern.replaceWith([{ ...pattern.root, opType: operator, inputs: [x, ...parameters], attributes }]);
  return { change: `Fused with the nodes around it into ${operator}` };
};

function normalizedBy(pattern: Pattern): Normalized | undefined {
  const axisOf = (label: string) => firstAxisOf(pattern.graph, pattern.graph.producer(pattern.valueOf(label)!)!);
  const axis = axisOf('mean of squares');
  const from = pattern.valueOf('d')!;
  const isCentered = pattern.either(() => difference(pattern, from) && axisOf('mean') === axis);
  const x = isCentered ? pattern.valueOf('x')! : from;
  const { shape, elementType } = pattern.graph.value(x);
  const epsilon = pattern.numberOf('epsilon')!;
  if (axis === undefined || shape === undefined || !types.has(elementType) || !(epsilon >= 0)) return undefined;
  return { x, axis, shape, epsilon, isCentered };
}

/** The first of the axes that a mean is taken over, counted from the front; `undefined` if they are not the last ones. */
function firstAxisOf(graph: RewriteGraph, mean: Node): number | undefined {
  const rank = graph.value(mean.inputs[0]!).shape?.length;
  const stated = integersOf(graph, mean, { input: 1, attribute: 'axes' });
  if (rank === undefined || stated === undefined || getAttributeInt(mean, 'keepdims') === 0) return undefined;
  const axes = axesFromFront(stated, rank)?.toSorted((a, b) => a - b);
  const isLast = axes?.every((axis, index) => axis === rank - axes.length + index);
  return isLast ? axes![0] : undefined;
}

/** The nodes after the division that belong to it, and the value that is normalized once Casts around it are left out. */
function endingOf(
  graph: RewriteGraph,
  division: Node,
  normalized: Normalized,
): { readonly ending: Ending; readonly x: ValueName } {
  let ending: Ending = { nodes: [] };
  let { x } = normalized;
  const last = () => ending.nodes.at(-1) ?? division;
  const next = (operator: string) => {
    const reader = graph.onlyReader(last().outputs[0]!);
    return reader?.opType === operator && isDefaultDomain(reader.domain) ? reader : undefined;
  };
  const [before, after] = [graph.producer(x), next('Cast')];
  const narrow = before?.opType === 'Cast' ? graph.value(before.inputs[0]!).elementType : undefined;
  if (after !== undefined && types.has(narrow) && getAttributeInt(after, 'to') === narrow) {
    ending = { nodes: [after] };
    x = before!.inputs[0]!;
  }
  const scaling = next('Mul');
  const scale = scaling && otherInput(scaling, last());
  if (scale === undefined || parameterOf(graph, normalized, scale) === undefined) return { ending, x };
  ending = { ...ending, scale, nodes: [...ending.nodes, scaling!] };
  const shifting = next('Add');
  const bias = shifting && normalized.isCentered ? otherInput(shifting, last()) : undefined;
  if (bias === undefined || parameterOf(graph, normalized, bias) === undefined) return { ending, x };
  return { ending: { ...ending, bias, nodes: [...ending.nodes, shifting!] }, x };
}

function otherInput({ inputs }: Node, { outputs }: Node): ValueName | undefined {
  const others = inputs.filter((name) => name !== outputs[0]);
  return inputs.length === 2 && others.length === 1 ? others[0] : undefined;
}

/** A scale or bias of the shape of the axes that are normalized: the name of a value, or a constant brought to that shape. */
function parameterOf(
  graph: RewriteGraph,
  { shape, axis }: Normalized,
  name: ValueName,
): ValueName | Tensor | undefined {
  const wanted = shape.slice(axis);
  const tensor = graph.constant(name);
  const given = tensor?.dims.map(Number) ?? graph.value(name).shape;
  if (given?.length === wanted.length && given.every((size, index) => isSameSize(size, wanted[index]!))) return name;
  const sizes = fixedShape(wanted);
  const values = tensor && sizes && readFloats(tensor);
  if (tensor === undefined || sizes === undefined || values === undefined) return undefined;
  const count = productOf(sizes);
  const isNumber = elementCount(tensor) === 1 && count <= mostOnes && tensor.dims.length <= shape.length;
  const tail = tensor.dims.slice(-sizes.length).map(Number);
  const isLonger = tensor.dims.length <= shape.length && elementCount(tensor) === count && tail.join() === sizes.join();
  if (!isNumber && !isLonger) return undefined;
  const filled = isNumber ? new Float64Array(count).fill(values[0]!) : Float64Array.from(values);
  return { ...writeFloats(tensor, sizes, filled), name: tensor.name };
}

/** A file may name any size; an operator that saves a few nodes is worth no more than this. */
const mostOnes = 2 ** 16;

/** Ones, if nothing scales. */
function scaleOf(
  graph: RewriteGraph,
  normalized: Normalized,
  name: ValueName | undefined,
  x: ValueName,
): ValueName | Tensor | undefined {
  if (name !== undefined) return parameterOf(graph, normalized, name);
  const sizes = fixedShape(normalized.shape.slice(normalized.axis));
  if (sizes === undefined) return undefined;
  const count = productOf(sizes);
  if (count > mostOnes) return undefined;
  const like = createTensor({ dataType: graph.value(x).elementType!, dims: [], bytes: new Uint8Array(0) });
  return writeFloats(like, sizes, new Float64Array(count).fill(1));
}

export const fuseLayerNormalization: Simplification = {
  id: 'fuse-layer-normalization',
  summary: 'Fuses layer and RMS normalization written as means and roots.',
  apply: (model, context) => rewriteModel(model, context, fuse),
};
