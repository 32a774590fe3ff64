/** Operators that work element by element, with or without broadcasting. */
import { DataType, isFloatDataType, type DataTypeCode } from '../data-type';
import {
  addSizes,
  broadcastShapes,
  floorDivideSizes,
  isSameSize,
  multiplySizes,
  subtractSizes,
  type Size,
} from '../size';
import { finite, heldNumber } from './held-number';
import {
  alike,
  likeInput,
  type ContentRule,
  type NodeFacts,
  type OperatorFamily,
  type ShapeRule,
  type SymbolicShape,
} from './operator';

const broadcast: ShapeRule = (facts) => [broadcastShapes(facts.inputs.map(({ shape }) => shape))];

/**
 * From this version on all operands, the bias of Gemm among them, broadcast as NumPy does. Before, the second one was spread
 * over the first, from an axis that an attribute could give.
 */
export const opsetOfBroadcasting = 7;

const arithmetic: ShapeRule = (facts) => (facts.opset < opsetOfBroadcasting ? [facts.shape(0)] : broadcast(facts));

type Combine = (a: Size, b: Size, isInteger: boolean) => Size;

/** Two operands of which the shorter repeats: lists of sizes are scalars or of one length. */
const combined =
  (combine: Combine): ContentRule =>
  (facts, shape) => {
    const [a, b] = [facts.content(0), facts.content(1)];
    if (a === undefined || b === undefined || shape === undefined || shape.length > 1) return undefined;
    if (facts.inputs.length !== 2) return undefined;
    const isInteger = isIntegerType(facts);
    const length = Math.max(a.length, b.length);
    const at = (list: SymbolicShape, index: number) => finite(list[list.length === 1 ? 0 : index] ?? null);
    return Array.from({ length }, (_, index) =>
      heldNumber(facts.inputs[0]?.elementType, combine(at(a, index), at(b, index), isInteger)),
    );
  };

function isIntegerType(facts: NodeFacts): boolean {
  const type = facts.inputs[0]?.elementType;
  return type !== undefined && !isFloatDataType(type);
}

const onNumbers =
  (calculate: (a: number, b: number) => number): Combine =>
  (a, b) =>
    typeof a === 'number' && typeof b === 'number' ? calculate(a, b) : null;

const divide: Combine = (a, b, isInteger) => {
  if (!isInteger) return onNumbers((x, y) => x / y)(a, b, isInteger);
  // Integers are divided towards zero; sizes are never negative, so this is the floor.
  if (typeof a === 'number' && typeof b === 'number') return b === 0 ? null : Math.trunc(a / b);
  return typeof b === 'number' && b < 0 ? null : floorDivideSizes(a, b);
};

const equal: Combine = (a, b) => {
  if (isSameSize(a, b)) return 1;
  return typeof a === 'number' && typeof b === 'number' ? 0 : null;
};

const smaller: Combine = (a, b) => (isSameSize(a, b) ? a : onNumbers(Math.min)(a, b, true));
const larger: Combine = (a, b) => (isSameSize(a, b) ? a : onNumbers(Math.max)(a, b, true));

const mapped =
  (change: (size: Size) => Size): ContentRule =>
  (facts) =>
    facts.content(0)?.map((size) => heldNumber(facts.inputs[0]?.elementType, change(finite(size))));

const mappedNumbers = (change: (value: number) => number): ContentRule =>
  mapped((size) => (typeof size === 'number' ? change(size) : null));

const unchanged: ContentRule = (facts) => facts.content(0);

/** Types that hold the length of any axis. */
const typesOfSizes = new Set<DataTypeCode>([DataType.int64, DataType.int32, DataType.float32, DataType.float64]);

/** Casting to an integer type cuts the fraction off; sizes that are symbols are whole already. */
function castTo(to: DataTypeCode | undefined, content: SymbolicShape | undefined): SymbolicShape | undefined {
  if (to === undefined) return undefined;
  return content?.map((size) => {
    if (typeof size !== 'number') return typesOfSizes.has(to) ? heldNumber(to, size) : null;
    if (to === DataType.bool) return Number(size !== 0);
    return heldNumber(to, isFloatDataType(to) ? size : Math.trunc(size));
  });
}

/** A power that is no whole number depends on how a runtime calculates it. */
const power: Combine = (a, b) => {
  const value = onNumbers(Math.pow)(a, b, true);
  return typeof value === 'number' && !Number.isInteger(value) ? null : value;
};

const whereContent: ContentRule = (facts, shape) => {
  const [condition, yes, no] = [facts.content(0), facts.content(1), facts.content(2)];
  if (condition === undefined || yes === undefined || no === undefined || shape === undefined) return undefined;
  if (shape.length > 1) return undefined;
  const length = Math.max(condition.length, yes.length, no.length);
  const at = (list: readonly Size[], index: number) => list[list.length === 1 ? 0 : index] ?? null;
  return Array.from({ length }, (_, index) => {
    const chosen = at(condition, index);
    if (chosen === null || typeof chosen !== 'number') return null;
    return at(chosen === 0 ? no : yes, index);
  });
};

/** Of the sign of the divisor; with `fmod`, of the dividend. */
const modulus: ContentRule = (facts, shape) => {
  const calculate =
    facts.int('fmod') === 1 ? (a: number, b: number) => a % b : (a: number, b: number) => a - b * Math.floor(a / b);
  return combined(onNumbers(calculate))(facts, shape);
};

const unaryNames =
  'Acos Acosh Asin Asinh Atan Atanh Affine BitwiseNot Celu Clip Cos Cosh Elu Erf Exp Gelu HardSigmoid HardSwish Hardmax ' +
  'IsInf IsNaN LeakyRelu Log LogSoftmax Mish Reciprocal Round Selu Shrink Sigmoid Sign Sin Sinh Softmax ' +
  'Softplus Softsign Swish Tan Tanh ThresholdedRelu Bernoulli CumSum LpNormalization MeanVarianceNormalization Trilu ' +
  'ReverseSequence Scatter ScatterElements ScatterND TensorScatter LRN EyeLike RandomNormalLike RandomUniformLike ' +
  'RotaryEmbedding CumProd BitCast';

export const elementwise: OperatorFamily = {
  ...alike(unaryNames, { shapes: likeInput(0) }),
  ...alike('Identity Dropout', { shapes: likeInput(0), content: unchanged, optionalOutputsFrom: 1 }),
  Relu: { shapes: likeInput(0), content: mapped((size) => (typeof size === 'number' ? Math.max(0, size) : size)) },
  CastLike: {
    shapes: likeInput(0),
    content: (facts) => castTo(facts.inputs[1]?.elementType, facts.content(0)),
  },
  PRelu: { shapes: likeInput(0) },
  Cast: { shapes: likeInput(0), content: (facts) => castTo(facts.int('to'), facts.content(0)) },
  Neg: { shapes: likeInput(0), content: mapped((size) => multiplySizes(size, -1)) },
  Abs: { shapes: likeInput(0), content: mappedNumbers(Math.abs) },
  Floor: { shapes: likeInput(0), content: mappedNumbers(Math.floor) },
  Ceil: { shapes: likeInput(0), content: mappedNumbers(Math.ceil) },
  Sqrt: { shapes: likeInput(0), content: mappedNumbers(Math.sqrt) },
  Not: { shapes: likeInput(0), content: mappedNumbers((value) => Number(value === 0)) },
  Add: { shapes: arithmetic, content: combined(addSizes) },
  Sub: { shapes: arithmetic, content: combined(subtractSizes) },
  Mul: { shapes: arithmetic, content: combined(multiplySizes) },
  Div: { shapes: arithmetic, content: combined(divide) },
  Pow: { shapes: arithmetic, content: combined(power) },
  Mod: { shapes: broadcast, content: modulus },
  Min: { shapes: broadcast, content: combined(smaller) },
  Max: { shapes: broadcast, content: combined(larger) },
  Equal: { shapes: arithmetic, content: combined(equal) },
  Less: { shapes: arithmetic, content: combined(onNumbers((a, b) => Number(a < b))) },
  Greater: { shapes: arithmetic, content: combined(onNumbers((a, b) => Number(a > b))) },
  LessOrEqual: { shapes: broadcast, content: combined(onNumbers((a, b) => Number(a <= b))) },
  GreaterOrEqual: { shapes: broadcast, content: combined(onNumbers((a, b) => Number(a >= b))) },
  And: { shapes: arithmetic, content: combined(onNumbers((a, b) => Number(a !== 0 && b !== 0))) },
  Or: { shapes: arithmetic, content: combined(onNumbers((a, b) => Number(a !== 0 || b !== 0))) },
  Where: { shapes: broadcast, content: whereContent },
  Xor: { shapes: arithmetic },
  ...alike('BitShift BitwiseAnd BitwiseOr BitwiseXor Mean Sum', { shapes: broadcast }),
};

/** [batch, sequence, 2 × width]: one half is the gate of the other. */
const halfOfLast: ShapeRule = (facts) => {
  const input = facts.shape(0);
  return [input && [...input.slice(0, -1), floorDivideSizes(input.at(-1) ?? null, 2)]];
};

export const microsoftElementwise: OperatorFamily = {
  ...alike('BiasAdd BiasDropout BiasGelu BiasSoftmax FastGelu Gelu Inverse MoE QMoE QuickGelu RotaryEmbedding Trilu', {
    shapes: (facts) => [facts.shape(0)],
  }),
  BiasSplitGelu: { shapes: halfOfLast },
  NGramRepeatBlock: { shapes: likeInput(1) },
};
