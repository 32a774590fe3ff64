/**
 * Mul and Div by constants after one another are one Mul or Div; Add and Sub of constants are one Add. The constants
 * are combined in double precision and rounded once, so the last bits of the result may differ. Nodes stay if the
 * combined constant would be larger than both, or leave the range of its type.
 */
import { DataType } from '../../../onnx/data-type';
import type { Node, Tensor, ValueName } from '../../../onnx/graph';
import { opsetOfBroadcasting } from '../../../onnx/ops/operator';
import { elementCount } from '../../../onnx/tensor';
import { readFloats, writeFloats } from '../float-tensor';
import type { RewriteGraph } from '../rewrite-graph';
import type { NodeRule } from '../rewrite-model';
import { isDefaultDomain } from '../../../onnx/traverse';

/** `x ⊕ c` or `c ⊕ x` as one step, with the inverted constant if the operator is the inverse. */
interface Step {
  readonly value: ValueName;
  readonly constant: Tensor;
  /** The constant divides, or is taken away. */
  readonly isInverse: boolean;
}

interface Kind {
  readonly operator: 'Mul' | 'Add';
  readonly inverse: 'Div' | 'Sub';
  combine(a: number, b: number): number;
  invert(a: number): number;
}

const product: Kind = { operator: 'Mul', inverse: 'Div', combine: (a, b) => a * b, invert: (a) => 1 / a };
const sum: Kind = { operator: 'Add', inverse: 'Sub', combine: (a, b) => a + b, invert: (a) => -a };

/** The least normal and the largest number: beyond them a combined constant loses precision that two steps keep. */
const ranges = new Map<number, readonly [number, number]>([
  [DataType.float16, [2 ** -14, 65504]],
  [DataType.float32, [2 ** -126, 3.4028234663852886e38]],
  [DataType.float64, [2 ** -1022, Number.MAX_VALUE]],
]);

export const mergeArithmetic: NodeRule = (graph, node) => {
  // An attribute states the broadcast of operands before that operator set.
  if (graph.opset < opsetOfBroadcasting) return undefined;
  const kind = kindOf(node);
  const step = kind && stepOf(graph, node, kind);
  if (kind === undefined || step === undefined || graph.onlyReader(step.value) !== node) return undefined;
  const before = graph.producer(step.value);
  if (before === undefined || !isDefaultDomain(before.domain) || kindOf(before) !== kind) return undefined;
  const first = stepOf(graph, before, kind);
  const constant = first && combined(kind, first, step);
  if (first === undefined || constant === undefined) return undefined;
  const name = graph.addConstant(step.constant.name ?? 'constant', constant);
  const inverse = first.isInverse && step.isInverse;
  graph.replace(node, [{ ...node, opType: inverse ? kind.inverse : kind.operator, inputs: [first.value, name] }]);
  graph.remove(before);
  return { change: `Merged with the ${before.opType} before` };
};

function kindOf({ opType }: Node): Kind | undefined {
  return [product, sum].find(({ operator, inverse }) => opType === operator || opType === inverse);
}

function stepOf(graph: RewriteGraph, { opType, inputs }: Node, kind: Kind): Step | undefined {
  if (inputs.length !== 2) return undefined;
  const [left, right] = inputs.map((name) => graph.constant(name));
  if (right !== undefined && left === undefined)
    return { value: inputs[0]!, constant: right, isInverse: opType === kind.inverse };
  // c ÷ x and c − x are no steps: they turn x round.
  if (left !== undefined && right === undefined && opType === kind.operator)
    return { value: inputs[1]!, constant: left, isInverse: false };
  return undefined;
}

function combined(kind: Kind, first: Step, second: Step): Tensor | undefined {
  const [a, b] = [first.constant, second.constant];
  const range = ranges.get(a.dataType ?? 0);
  const [left, right] = [readFloats(a), readFloats(b)];
  if (a.dataType !== b.dataType || range === undefined || left === undefined || right === undefined) return undefined;
  const [small, large] = elementCount(a) < elementCount(b) ? [a, b] : [b, a];
  const dims = large.dims.map(Number);
  // One of the two is a number, or both are of one shape: nothing grows.
  const isNumber = elementCount(small) === 1 && small.dims.length <= dims.length;
  const isAlike = dims.length === small.dims.length && dims.every((size, axis) => size === Number(small.dims[axis]));
  if (!isNumber && !isAlike) return undefined;
  const inverse = first.isInverse && second.isInverse;
  const taken = (value: number, { isInverse }: Step) => (isInverse && !inverse ? kind.invert(value) : value);
  const at = (values: ArrayLike<number>, index: number) => values[values.length === 1 ? 0 : index]!;
  const result = Float64Array.from({ length: elementCount(large) }, (_, index) =>
    kind.combine(taken(at(left, index), first), taken(at(right, index), second)),
  );
  return result.every((value) => isWithin(value, range, kind)) ? writeFloats(a, dims, result) : undefined;
}

function isWithin(value: number, [least, largest]: readonly [number, number], kind: Kind): boolean {
  const size = Math.abs(value);
  return size <= largest && (kind === sum || size >= least);
}
