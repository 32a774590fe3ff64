/** Operators that take axes together. */
import { DataType, type DataTypeCode } from '../data-type';
import type { Size } from '../size';
import { coupleArgument, coupleReduction } from './coupling/normalization';
import { alwaysInt64, typeOfInput } from './element-type-rules';
import { heldNumber } from './held-number';
import {
  axesFromFront,
  axisFromFront,
  unknownSizes,
  type ContentRule,
  type NodeFacts,
  type ShapeRule,
} from './operator';
import { alike, type OperatorFamily, type OperatorRecord } from './operator-record';
import { oncePerInput } from './work-rules';
import { productOf } from '../../product-of';

/** Axes are an attribute, or since opset 13 and 18 an input; without any, all of them. */
const reduce: ShapeRule = (facts) => {
  const input = facts.shape(0);
  if (input === undefined) return [];
  const keep = facts.int('keepdims') !== 0;
  const axes = facts.has(1) ? facts.numbers(1) : facts.ints('axes');
  if (axes === undefined && facts.has(1)) return [keep ? unknownSizes(input.length) : undefined];
  const isEmpty = axes === undefined || axes.length === 0;
  if (isEmpty && facts.int('noop_with_empty_axes') === 1) return [input];
  const reduced = isEmpty ? input.map((_, axis) => axis) : axesFromFront(axes, input.length);
  if (reduced === undefined) return [];
  return [
    keep
      ? input.map((size, axis) => (reduced.includes(axis) ? 1 : size))
      : input.filter((_, axis) => !reduced.includes(axis)),
  ];
};

const argReduce: ShapeRule = (facts) => {
  const input = facts.shape(0);
  const axis = input && axisFromFront(facts.int('axis') ?? 0, input.length);
  if (input === undefined || axis === undefined) return [];
  return [facts.int('keepdims') === 0 ? input.toSpliced(axis, 1) : input.with(axis, 1)];
};

/** Scores [N, C, d1, …] against classes [N, d1, …]: one number, or one for each class index. */
const loss: ShapeRule = (facts) => [
  facts.string('reduction') === 'none' ? facts.shape(1) : [],
  ...(facts.node.outputs.length > 1 ? [facts.shape(0)] : []),
];

/** Reduces a list of sizes to one number. */
const folded =
  (combine: (values: readonly number[]) => number): ContentRule =>
  (facts, shape) => {
    const values = facts.numbers(0);
    const isWhole = facts.shape(0)?.length === 1 && shape?.every((size: Size) => size === 1);
    if (values === undefined || values.length === 0 || isWhole !== true) return undefined;
    // A result that is not exact depends on the order in which a runtime computes it.
    const type = facts.inputs[0]?.elementType;
    return values.every(Number.isInteger) && isExact(values, type) ? [heldNumber(type, combine(values))] : undefined;
  };

/** True if a float type holds all sums and products of these whole numbers exactly, in any order. */
function isExact(values: readonly number[], type: DataTypeCode | undefined): boolean {
  const largest = type === DataType.float16 ? 2 ** 11 : type === DataType.float32 ? 2 ** 24 : Number.MAX_SAFE_INTEGER;
  const magnitudes = values.map((value) => Math.max(1, Math.abs(value)));
  return Math.max(sumOf(magnitudes), productOf(magnitudes)) <= largest || values.length === 1;
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

const reduction: OperatorRecord = {
  shapes: reduce,
  elementTypes: typeOfInput(0),
  work: oncePerInput,
  coupling: coupleReduction,
};

export const reductions: OperatorFamily = {
  ...alike('ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMean ReduceSumSquare', reduction),
  ReduceProd: { ...reduction, content: folded(productOf) },
  ReduceSum: { ...reduction, content: folded(sumOf) },
  ReduceMax: { ...reduction, content: folded((values) => Math.max(...values)) },
  ReduceMin: { ...reduction, content: folded((values) => Math.min(...values)) },
  ...alike('ArgMax ArgMin', {
    shapes: argReduce,
    elementTypes: alwaysInt64,
    work: oncePerInput,
    coupling: coupleArgument,
  }),
  ...alike('NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss', { shapes: loss, elementTypes: typeOfInput(0) }),
  Det: { shapes: (facts: NodeFacts) => [facts.shape(0)?.slice(0, -2)], elementTypes: typeOfInput(0) },
};
