/** Arithmetic on each element: sums, products, powers, roots, trigonometry, bits. */
import { addSizes, floorDivideSizes, isSameSize, multiplySizes, subtractSizes } from '../size';
import { coupleBroadcast, coupleSpread } from './coupling/elementwise';
import { typeOfInput } from './element-type-rules';
import {
  broadcast,
  combined,
  likeFirst,
  mapped,
  mappedNumbers,
  onNumbers,
  spreadOrBroadcast,
  unary,
  type Combine,
} from './elementwise';
import { likeInput, type ContentRule } from './operator';
import { alike, type OperatorFamily, type OperatorRecord } from './operator-record';
import { betweenOperands, oncePerOutput } from './work-rules';

const divide: Combine = (a, b, isInteger) => {
  if (!isInteger) return onNumbers((x, y) => x / y)(a, b, isInteger);
  // Integers are divided towards zero; sizes are never negative, so this is the floor.
  if (typeof a === 'number' && typeof b === 'number') return b === 0 ? null : Math.trunc(a / b);
  return typeof b === 'number' && b < 0 ? null : floorDivideSizes(a, b);
};

/** A power that is no whole number depends on how a runtime calculates it. */
const power: Combine = (a, b) => {
  const value = onNumbers(Math.pow)(a, b, true);
  return typeof value === 'number' && !Number.isInteger(value) ? null : value;
};

const smaller: Combine = (a, b) => (isSameSize(a, b) ? a : onNumbers(Math.min)(a, b, true));
const larger: Combine = (a, b) => (isSameSize(a, b) ? a : onNumbers(Math.max)(a, b, true));

/** The result has the sign of the divisor; with `fmod`, that of the dividend. */
const modulus: ContentRule = (facts, shape) => {
  const calculate =
    facts.int('fmod') === 1 ? (a: number, b: number) => a % b : (a: number, b: number) => a - b * Math.floor(a / b);
  return combined(onNumbers(calculate))(facts, shape);
};

const binary: OperatorRecord = {
  shapes: broadcast,
  elementTypes: typeOfInput(0),
  work: oncePerOutput,
  coupling: coupleBroadcast,
};
/** Older than broadcasting. */
const oldBinary: OperatorRecord = { ...binary, shapes: spreadOrBroadcast, coupling: coupleSpread };
/** Any number of operands. */
const variadic: OperatorRecord = { ...binary, work: betweenOperands };

export const arithmetic: OperatorFamily = {
  Add: { ...oldBinary, content: combined(addSizes) },
  Sub: { ...oldBinary, content: combined(subtractSizes) },
  Mul: { ...oldBinary, content: combined(multiplySizes) },
  Div: { ...oldBinary, content: combined(divide), divisor: 1 },
  Pow: { ...oldBinary, content: combined(power) },
  Mod: { ...binary, content: modulus },
  Min: { ...variadic, content: combined(smaller) },
  Max: { ...variadic, content: combined(larger) },
  ...alike('Mean Sum', variadic),
  Neg: { ...unary, content: mapped((size) => multiplySizes(size, -1)) },
  Abs: { ...unary, content: mappedNumbers(Math.abs) },
  Floor: { ...unary, content: mappedNumbers(Math.floor) },
  Ceil: { ...unary, content: mappedNumbers(Math.ceil) },
  Sqrt: { ...unary, content: mappedNumbers(Math.sqrt) },
  ...alike('Acos Acosh Asin Asinh Atan Atanh Clip Cos Cosh Erf Exp Log Reciprocal Round Sign Sin Sinh Tan', unary),
  ...alike('CumProd CumSum', likeFirst),
  ...alike('BitShift BitwiseAnd BitwiseOr BitwiseXor', binary),
  BitwiseNot: unary,
  // Affine ended with opset 10, so its work is not counted.
  Affine: { shapes: likeInput(0), elementTypes: typeOfInput(0) },
};

export const microsoftArithmetic: OperatorFamily = {
  ...alike('BiasAdd Inverse', { shapes: likeInput(0), elementTypes: typeOfInput(0) }),
};
