/** Steps of a random model on other types than float32, and on operators with several results or a graph inside. */
import { DataType, type DataTypeCode } from '../../../onnx/data-type';
import { node } from '../../../onnx/testing/build';
import type { AddStep } from './add-step';
import { GrowingGraph, type RandomValue } from './growing-graph';

const whole = new Set<DataTypeCode>([DataType.int32, DataType.int64]);
const isWhole = ({ type }: RandomValue) => whole.has(type);
const isHalf = ({ type }: RandomValue) => type === DataType.float16;

/** The numbers include some whose sums and products leave the range of their type, which wraps round. */
const wholeNumbers: readonly bigint[] = [0n, 1n, -1n, 2n, 3n, 7n, 2n ** 31n - 1n, -(2n ** 31n), 65_537n];
const longNumbers: readonly bigint[] = [...wholeNumbers, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];
const halfNumbers = [0, 1, -1, 2, 0.5, 0.25, 3, 1 / 64, 1024] as const;

function wholeConstant(growing: GrowingGraph, value: RandomValue, choice: number, isDivisor: boolean): string {
  const numbers = value.type === DataType.int64 ? longNumbers : wholeNumbers;
  // The lowest number divided by −1 has no answer in its type.
  const allowed = numbers.filter((number) => !isDivisor || (number !== 0n && number !== -1n));
  const shape = choice % 3 === 0 ? value.shape : choice % 3 === 1 ? [] : [1];
  const step = choice % 2;
  return growing.wholeNumbers(shape, value.type, (index) => allowed[(choice + index * step) % allowed.length]!);
}

const wholeArithmetic: AddStep = (growing, first, second, third) => {
  const value = growing.pick(first, isWhole);
  if (value === undefined) return;
  const operator = ['Add', 'Sub', 'Mul', 'Div'][second % 4]!;
  const constant = wholeConstant(growing, value, third, operator === 'Div');
  const isTurned = third % 5 === 0 && operator !== 'Div';
  growing.add(node(operator, isTurned ? [constant, value.name] : [value.name, constant], []), value.shape, value.type);
};

const wholeCombining: AddStep = (growing, first, second, third) => {
  const left = growing.pick(first, isWhole);
  const right =
    left && growing.pick(second, ({ type, shape }) => type === left.type && shape.join() === left.shape.join());
  if (left && right)
    growing.add(node(['Add', 'Sub', 'Mul'][third % 3]!, [left.name, right.name], []), left.shape, left.type);
};

const wholeUnary: AddStep = (growing, first, second, third) => {
  const value = growing.pick(first, isWhole);
  if (value === undefined) return;
  if (second % 3 > 0 || growing.opset < 12)
    growing.add(node(second % 3 === 1 ? 'Abs' : 'Identity', [value.name], []), value.shape, value.type);
  else {
    const bound = (number: bigint) => growing.wholeNumbers([], value.type, () => number);
    const bounds = [third % 3 === 0 ? '' : bound(-BigInt(third % 4)), third % 2 === 0 ? '' : bound(5n)];
    growing.add(node('Clip', [value.name, ...bounds], []), value.shape, value.type);
  }
};

const toOtherType: AddStep = (growing, first, second) => {
  const value = growing.pick(first, ({ type }) => type !== DataType.bool);
  if (value === undefined) return;
  const types = [DataType.float16, DataType.int32, DataType.int64, DataType.float16, DataType.float32];
  const type = types[second % types.length]!;
  // The cast of a float outside of the range depends on the machine, so it is left out.
  if (whole.has(type) && !isWhole(value)) return;
  growing.add(node('Cast', [value.name], [], { to: BigInt(type) }), value.shape, type);
};

const halfArithmetic: AddStep = (growing, first, second, third) => {
  const value = growing.pick(first, isHalf);
  if (value === undefined) return;
  const number = halfNumbers[third % halfNumbers.length]!;
  const operator = number === 0 ? ['Add', 'Sub', 'Mul'][second % 3]! : ['Add', 'Sub', 'Mul', 'Div'][second % 4]!;
  const shape = third % 2 === 0 ? [] : value.shape.map((size, axis) => (axis === 1 ? size : 1));
  growing.add(node(operator, [value.name, growing.halves(shape, () => number)], []), value.shape, value.type);
};

const halfUnary: AddStep = (growing, first, second) => {
  const value = growing.pick(first, isHalf);
  const operators = ['Neg', 'Relu', 'Sigmoid', 'Identity', 'Abs', 'Tanh'];
  if (value) growing.add(node(operators[second % operators.length]!, [value.name], []), value.shape, value.type);
};

const halfLayer: AddStep = (growing, first, second, third) => {
  const value = growing.pick(first, (candidate) => isHalf(candidate) && [2, 4].includes(candidate.shape.length));
  if (value === undefined) return;
  const weight = (index: number) => (((index * 7 + second) % 9) - 4) / (third % 3 === 0 ? 4096 : 8);
  const isPicture = value.shape.length === 4;
  const depth = value.shape[1]!;
  const dims = isPicture ? [2, depth, 1, 1] : [depth, 3];
  const product = growing.add(
    node(isPicture ? 'Conv' : 'MatMul', [value.name, growing.halves(dims, weight)], []),
    isPicture ? value.shape.with(1, 2) : [value.shape[0]!, 3],
    value.type,
  );
  const bias = growing.halves(isPicture ? [1, 2, 1, 1] : [3], (index) => index / 4 + 0.5);
  growing.add(node(third % 2 === 0 ? 'Add' : 'Mul', [product.name, bias], []), product.shape, value.type);
};

/** Either of two values, by the condition that is an input, or by what a value says. */
const where: AddStep = (growing, first, second, third) => {
  const left = growing.pick(first, ({ type }) => type !== DataType.bool && type !== DataType.float16);
  const right =
    left && growing.pick(second, ({ type, shape }) => type === left.type && shape.join() === left.shape.join());
  if (left === undefined || right === undefined) return;
  const known = third % 4 === 0 ? growing.boolean(third % 8 === 0) : 'condition';
  const said = growing.pick(third, ({ type, shape }) => type === DataType.bool && shape.join() === left.shape.join());
  const condition = third % 3 === 0 && said !== undefined ? said.name : known;
  growing.add(node('Where', [condition, left.name, right.name], []), left.shape, left.type);
};

const split: AddStep = (growing, first, second, third) => {
  const value = growing.pick(first, ({ shape }) => shape.some((size) => size > 1));
  if (value === undefined) return;
  const axes = value.shape.flatMap((size, axis) => (size > 1 ? [axis] : []));
  const axis = axes[second % axes.length]!;
  const size = value.shape[axis]!;
  const sizes = third % 4 === 0 ? [size] : [1, size - 1];
  const isInput = growing.opset >= 13;
  const inputs = isInput ? [value.name, growing.integers(sizes)] : [value.name];
  const attributes = { axis: BigInt(axis), ...(!isInput && { split: sizes.map(BigInt) }) };
  growing.addResults(
    node('Split', inputs, [], attributes),
    sizes.map((part) => ({ shape: value.shape.with(axis, part), type: value.type })),
  );
};

/** A few turns that carry a value on and collect another, and read what is around them. */
export function loopOf(steps: readonly AddStep[]): AddStep {
  return (growing, first, second, third) => {
    const value = growing.pick(first, ({ type }) => type === DataType.float32 || type === DataType.int64);
    if (value === undefined) return;
    const within = new GrowingGraph(growing.opset, `${growing.freshName()}_`);
    const [turn, go, carried] = [within.freshName(), within.freshName(), within.freshName()];
    within.addInput({ name: turn, shape: [], type: DataType.int64 });
    within.addInput({ name: go, shape: [], type: DataType.bool });
    within.values.push(value);
    within.addInput({ ...value, name: carried });
    within.values.push({ ...value, name: carried });
    for (const choice of [first, second, third]) steps[choice % steps.length]!(within, choice, choice + third, second);
    const isAlike = ({ shape, type }: RandomValue) => type === value.type && shape.join() === value.shape.join();
    const on = within.add(node('Identity', [go], []), [], DataType.bool);
    const next = within.add(node('Identity', [within.pick(0, isAlike)!.name], []), value.shape, value.type);
    const row = within.add(node('Identity', [within.pick(second, isAlike)!.name], []), value.shape, value.type);
    const turns = 1 + (third % 3);
    growing.addResults(
      node('Loop', [growing.integers([turns], true), '', value.name], [], { body: within.toGraph([on, next, row]) }),
      [
        { shape: value.shape, type: value.type },
        { shape: [turns, ...value.shape], type: value.type },
      ],
    );
  };
}

export const typedSteps: readonly AddStep[] = [
  wholeArithmetic,
  wholeArithmetic,
  wholeCombining,
  wholeUnary,
  toOtherType,
  toOtherType,
  halfArithmetic,
  halfArithmetic,
  halfUnary,
  halfLayer,
  where,
  split,
  loopOf([wholeArithmetic, wholeUnary, wholeCombining, where, split]),
];
