/** Steps that a random model may add: patterns that simplifications look for, and near misses of them. */
import { DataType } from '../../../onnx/data-type';
import { subgraphsOf } from '../../../onnx/subgraphs';
import { floatTensor, node } from '../../../onnx/testing/build';
import type { AddStep } from './add-step';
import { GrowingGraph, type RandomValue } from './growing-graph';
import { loopOf, typedSteps } from './random-typed-steps';
import { turnSteps } from './random-turn-steps';
import { productOf } from '../../../product-of';

const numbers = [0, 1, -1, 2, 0.5, 3, 6, -0.25] as const;
const isFloat = ({ type }: RandomValue) => type === DataType.float32;
const isPicture = (value: RandomValue) => isFloat(value) && value.shape.length === 4;
const isMatrix = (value: RandomValue) => isFloat(value) && value.shape.length === 2;
const weight = (seed: number) => (index: number) => (((index * 7 + seed * 3) % 9) - 4) / 8;
const permutation = (rank: number, choice: number) =>
  Array.from({ length: rank }, (_, axis) => axis).toSorted((a, b) => ((a * 5 + choice) % 7) - ((b * 5 + choice) % 7));

function constantFor(growing: GrowingGraph, { shape }: RandomValue, kind: number, seed: number): string {
  const number = numbers[seed % numbers.length]!;
  const channels = shape.map((size, axis) => (axis === 1 ? size : 1));
  const shapes = [[], [1], channels, shape, shape.map(() => 1), shape.slice(-1)];
  const isUniform = seed % 3 > 0;
  return growing.constant(shapes[kind % shapes.length]!, (index) => (isUniform ? number : numbers[(index % 7) + 1]!));
}

const arithmetic: AddStep = (growing, first, second, third) => {
  const value = growing.pick(first, isFloat);
  if (value === undefined) return;
  const operator = ['Add', 'Sub', 'Mul', 'Div'][second % 4]!;
  const constant = constantFor(growing, value, third, first + second + third);
  const isTurned = third % 5 === 0 && operator !== 'Div';
  const isDividedByNought =
    operator === 'Div' &&
    growing.initializers
      .at(-1)!
      .rawData!.read()
      .every((byte) => byte === 0);
  if (isDividedByNought) return;
  growing.add(node(operator, isTurned ? [constant, value.name] : [value.name, constant], []), value.shape);
};

const combining: AddStep = (growing, first, second, third) => {
  const left = growing.pick(first, isFloat);
  const right = left && growing.pick(second, (value) => isFloat(value) && value.shape.join() === left.shape.join());
  if (left === undefined || right === undefined) return;
  const operator = ['Add', 'Sub', 'Mul', 'Max', 'Min', 'Sum'][third % 6]!;
  growing.add(node(operator, [left.name, right.name], []), left.shape);
};

const unary: AddStep = (growing, first, second) => {
  const value = growing.pick(first, isFloat);
  const operators = ['Neg', 'Relu', 'Sigmoid', 'Identity', 'Abs', 'Tanh', 'Relu', 'Dropout', 'Erf', 'Softplus'];
  if (value) growing.add(node(operators[second % operators.length]!, [value.name], []), value.shape);
};

const clip: AddStep = (growing, first, second, third) => {
  const value = growing.pick(first, isFloat);
  if (value === undefined) return;
  const [low, high] = [second % 3 === 0 ? undefined : -(second % 2), third % 3 === 0 ? undefined : 1 + (third % 6)];
  if (growing.opset < 11) {
    const bounds = { ...(low !== undefined && { min: low }), ...(high !== undefined && { max: high }) };
    growing.add(node('Clip', [value.name], [], bounds), value.shape);
  } else {
    const inputs = [low, high].map((bound) => (bound === undefined ? '' : growing.constant([], () => bound)));
    growing.add(node('Clip', [value.name, ...inputs], []), value.shape);
  }
};

const reshape: AddStep = (growing, first, second, third) => {
  const value = growing.pick(first, ({ shape }) => productOf(shape) > 1);
  if (value === undefined) return;
  const size = productOf(value.shape);
  const targets = [
    [size],
    [1, size],
    [value.shape[0]!, size / value.shape[0]!],
    [size / value.shape.at(-1)!, value.shape.at(-1)!],
  ];
  const shape = targets[second % targets.length]!;
  const written = [...shape];
  if (third % 3 === 1) written[written.length - 1] = -1;
  if (third % 3 === 2 && shape[0] === value.shape[0]) written[0] = 0;
  growing.add(node('Reshape', [value.name, growing.integers(written)], []), shape, value.type);
};

const transpose: AddStep = (growing, first, second) => {
  const value = growing.pick(first, ({ shape }) => shape.length > 1);
  if (value === undefined) return;
  const axes = permutation(value.shape.length, second);
  const attributes: Readonly<Record<string, readonly bigint[]>> = second % 5 === 0 ? {} : { perm: axes.map(BigInt) };
  const order = second % 5 === 0 ? axes.map((_, axis) => axes.length - 1 - axis) : axes;
  const shape = order.map((axis) => value.shape[axis]!);
  growing.add(node('Transpose', [value.name], [], attributes), shape, value.type);
};

const unsqueeze: AddStep = (growing, first, second) => {
  const value = growing.pick(first, ({ shape }) => shape.length < 5);
  if (value === undefined) return;
  const axis = second % (value.shape.length + 1);
  const written = growing.opset >= 11 && second % 2 === 1 ? axis - value.shape.length - 1 : axis;
  withAxes(growing, 'Unsqueeze', value, written, value.shape.toSpliced(axis, 0, 1));
};

const squeeze: AddStep = (growing, first, second) => {
  const value = growing.pick(first, ({ shape }) => shape.includes(1));
  if (value === undefined) return;
  const axes = value.shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  const axis = axes[second % axes.length]!;
  withAxes(growing, 'Squeeze', value, axis, value.shape.toSpliced(axis, 1));
};

function withAxes(growing: GrowingGraph, operator: string, value: RandomValue, axis: number, shape: readonly number[]) {
  const isInput = growing.opset >= 13;
  const inputs = isInput ? [value.name, growing.integers([axis])] : [value.name];
  growing.add(node(operator, inputs, [], isInput ? {} : { axes: [BigInt(axis)] }), shape, value.type);
}

const cast: AddStep = (growing, first, second) => {
  const value = growing.pick(first);
  const types = [DataType.float32, DataType.int64, DataType.int32, DataType.bool, DataType.float64, DataType.float32];
  const type = types[second % types.length]!;
  if (value) growing.add(node('Cast', [value.name], [], { to: BigInt(type) }), value.shape, type);
};

const slice: AddStep = (growing, first, second, third) => {
  const value = growing.pick(first, ({ shape }) => shape.length > 0);
  if (value === undefined) return;
  const axis = second % value.shape.length;
  const size = value.shape[axis]!;
  const start = third % 2 === 0 ? 0 : size > 1 ? 1 : 0;
  const end = third % 3 === 0 ? size + 5 : third % 3 === 1 && size - start > 1 ? -1 : size;
  const kept = (end < 0 ? size + end : Math.min(end, size)) - start;
  const shape = value.shape.with(axis, kept);
  const lists = { starts: [start], ends: [end], axes: [axis] };
  if (growing.opset < 10) {
    const attributes = Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.map(BigInt)]));
    growing.add(node('Slice', [value.name], [], attributes), shape, value.type);
  } else {
    const inputs = Object.values(lists).map((list) => growing.integers(list));
    growing.add(node('Slice', [value.name, ...inputs], []), shape, value.type);
  }
};

const pad: AddStep = (growing, first, second, third) => {
  const value = growing.pick(first, isPicture);
  if (value === undefined) return;
  const pads = [0, third % 4 === 0 ? 1 : 0, second % 3, third % 2, 0, 0, (first + third) % 2, second % 2];
  const shape = value.shape.map((size, axis) => size + pads[axis]! + pads[axis + 4]!);
  const fill = second % 4 === 0 ? -1 : 0;
  if (growing.opset < 11) growing.add(node('Pad', [value.name], [], { pads: pads.map(BigInt), value: fill }), shape);
  else {
    const inputs = [value.name, growing.integers(pads), ...(fill === 0 ? [] : [growing.constant([], () => fill)])];
    growing.add(node('Pad', inputs, []), shape);
  }
};

const concat: AddStep = (growing, first, second, third) => {
  const left = growing.pick(first, ({ shape, type }) => shape.length > 0 && type === DataType.float32);
  if (left === undefined) return;
  const axis = second % left.shape.length;
  const isAlike = ({ shape, type }: RandomValue) =>
    type === left.type &&
    shape.length === left.shape.length &&
    shape.every((size, at) => at === axis || size === left.shape[at]);
  const right = third % 3 === 0 ? undefined : growing.pick(third, isAlike);
  const length = third % 2 === 0 ? 1 : 64;
  const other = right ?? {
    name: growing.constant(left.shape.with(axis, length), () => numbers[third % numbers.length]!),
    shape: left.shape.with(axis, length),
  };
  const inputs = second % 2 === 0 ? [left.name, other.name] : [other.name, left.name];
  growing.add(
    node('Concat', inputs, [], { axis: BigInt(axis) }),
    left.shape.with(axis, left.shape[axis]! + other.shape[axis]!),
  );
};

const convolution: AddStep = (growing, first, second, third) => {
  const value = growing.pick(
    first,
    (candidate) => isPicture(candidate) && candidate.shape[2]! > 2 && candidate.shape[3]! > 2,
  );
  if (value === undefined) return;
  const [batch, channels, height, width] = value.shape as [number, number, number, number];
  const isTransposed = third % 4 === 0;
  const outputs = 2;
  const dims = isTransposed ? [channels, outputs, 2, 2] : [outputs, channels, 2, 2];
  const inputs = [value.name, growing.constant(dims, weight(second))];
  if (second % 2 === 0) inputs.push(growing.constant([outputs], weight(third)));
  const margin = second % 3 === 0 ? 1 : 0;
  const grown = isTransposed ? 1 - 2 * margin : 2 * margin - 1;
  const attributes = { pads: [margin, margin, margin, margin].map(BigInt) };
  growing.add(node(isTransposed ? 'ConvTranspose' : 'Conv', inputs, [], attributes), [
    batch,
    outputs,
    height + grown,
    width + grown,
  ]);
};

const normalization: AddStep = (growing, first, second) => {
  const value = growing.pick(first, (candidate) => isFloat(candidate) && candidate.shape.length > 1);
  if (value === undefined) return;
  const parameters = [1, 2, 3].map((seed) => growing.constant([value.shape[1]!], weight(seed + second)));
  const variance = growing.constant([value.shape[1]!], (index) => 0.5 + (index % 3));
  growing.add(node('BatchNormalization', [value.name, ...parameters, variance], []), value.shape);
};

const product: AddStep = (growing, first, second, third) => {
  const value = growing.pick(
    first,
    second % 2 === 0 ? isMatrix : (candidate) => isFloat(candidate) && candidate.shape.length > 1,
  );
  if (value === undefined) return;
  const depth = value.shape.at(-1)!;
  const isGemm = value.shape.length === 2 && second % 2 === 0;
  const isTransposed = isGemm && third % 2 === 0;
  const inputs = [value.name, growing.constant(isTransposed ? [3, depth] : [depth, 3], weight(second))];
  if (isGemm) inputs.push(growing.constant(third % 3 === 0 ? [1] : [3], weight(third)));
  const attributes = isGemm
    ? { alpha: third % 5 === 0 ? 0.5 : 1, beta: third % 4 === 0 ? 2 : 1, ...(isTransposed && { transB: 1n }) }
    : {};
  growing.add(node(isGemm ? 'Gemm' : 'MatMul', inputs, [], attributes), [...value.shape.slice(0, -1), 3]);
};

const pool: AddStep = (growing, first, second, third) => {
  const value = growing.pick(
    first,
    (candidate) => isPicture(candidate) && candidate.shape[2]! > 2 && candidate.shape[3]! > 2,
  );
  if (value === undefined) return;
  const margin = third % 3 === 0 ? 1 : 0;
  const attributes = {
    kernel_shape: [2n, 2n],
    pads: [margin, margin, margin, margin].map(BigInt),
    ...(second % 4 === 0 && { count_include_pad: 1n }),
  };
  const operator = second % 2 === 0 ? 'AveragePool' : 'MaxPool';
  const { count_include_pad: _, ...withoutCount } = attributes as Record<string, readonly bigint[] | bigint>;
  const shape = value.shape.map((size, axis) => (axis < 2 ? size : size + 2 * margin - 1));
  growing.add(node(operator, [value.name], [], operator === 'MaxPool' ? withoutCount : attributes), shape);
};

/** A shape that is computed while the model runs. */
const computedShape: AddStep = (growing, first, second) => {
  const value = growing.pick(first, ({ shape }) => shape.length > 1);
  if (value === undefined) return;
  const all = growing.add(node('Shape', [value.name], []), [value.shape.length], DataType.int64);
  const axis = second % value.shape.length;
  const size = growing.add(node('Gather', [all.name, growing.integers([axis])], [], { axis: 0n }), [1], DataType.int64);
  const target = growing.add(
    node('Concat', [size.name, growing.integers([-1])], [], { axis: 0n }),
    [2],
    DataType.int64,
  );
  const rest = productOf(value.shape) / value.shape[axis]!;
  growing.add(node('Reshape', [value.name, target.name], []), [value.shape[axis]!, rest], value.type);
};

/** Nodes that depend on constants alone. */
const constants: AddStep = (growing, first, second) => {
  const constant = growing.constant(second % 2 === 0 ? [3] : [1, 3, 1, 1], weight(first));
  const shape = second % 2 === 0 ? [3] : [1, 3, 1, 1];
  growing.add(node(['Exp', 'Neg', 'Abs'][first % 3]!, [constant], []), shape);
};

/** An activation or a normalization as exporters write them. */
const written: AddStep = (growing, first, second, third) => {
  const value = growing.pick(first, (candidate) => isFloat(candidate) && candidate.shape.length > 0);
  if (value === undefined) return;
  const { name, shape } = value;
  const add = (operator: string, inputs: readonly string[], attributes = {}) =>
    growing.add(node(operator, inputs, [], attributes), shape).name;
  const number = (constant: number) => growing.constant(third % 3 === 0 ? [1] : [], () => constant);
  if (second % 3 === 0) add('Mul', [name, add('Sigmoid', [name])]);
  else if (second % 3 === 1) {
    const inner = add('Erf', [add('Div', [name, number(Math.SQRT2)])]);
    add('Mul', [add('Mul', [name, add('Add', [inner, number(1)])]), number(0.5)]);
  } else {
    const reduced = shape.with(shape.length - 1, 1);
    const mean = (of: string) =>
      (growing.opset >= 18
        ? growing.add(node('ReduceMean', [of, growing.integers([-1])], []), reduced)
        : growing.add(node('ReduceMean', [of], [], { axes: [-1n] }), reduced)
      ).name;
    const centered = add('Sub', [name, mean(name)]);
    const variance = mean(add('Mul', [centered, centered]));
    const root = growing.add(
      node('Sqrt', [growing.add(node('Add', [variance, number(0.125)], []), reduced).name], []),
      reduced,
    ).name;
    add('Div', [centered, root]);
  }
};

/** Branches that read what is around them; the condition is an input, or known. */
const branch: AddStep = (growing, first, second, third) => {
  const value = growing.pick(first, isFloat);
  if (value === undefined) return;
  const inner = (name: string, choices: readonly number[]) => {
    const within = new GrowingGraph(growing.opset, name);
    within.values.push(value);
    for (const choice of choices)
      [unary, arithmetic, constants, clip][choice % 4]!(within, choice, choice + third, second);
    const last = within.pick(0, ({ shape, type }) => type === value.type && shape.join() === value.shape.join())!;
    // A branch must compute what it gives.
    const output = last === value ? within.add(node('Identity', [value.name], []), value.shape) : last;
    return within.toGraph([output]);
  };
  // Branches may use the names of one another, not those around them.
  const prefix = growing.freshName();
  const condition = third % 3 === 0 ? growing.boolean(third % 2 === 0) : 'condition';
  const attributes = {
    then_branch: inner(`${prefix}_`, [first, second, third]),
    else_branch: inner(second % 2 === 0 ? `${prefix}_` : `${prefix}_else`, [third, first]),
  };
  growing.add(node('If', [condition], [], attributes), value.shape);
};

const output: AddStep = (growing, first) => {
  const value = growing.pick(first, ({ name }) =>
    growing.nodes.some(
      ({ outputs, ...made }) => outputs.includes(name) && subgraphsOf({ ...made, outputs }).length === 0,
    ),
  );
  if (value) growing.outputs.add(value.name);
};

const expand: AddStep = (growing, first, second) => {
  const value = growing.pick(first, ({ shape, type }) => shape.includes(1) && type === DataType.float32);
  if (value === undefined) return;
  const shape = value.shape.map((size) => (size === 1 && second % 2 === 0 ? 2 : size));
  growing.add(node('Expand', [value.name, growing.integers(shape)], []), shape);
};

const filled: AddStep = (growing, first, second) => {
  const shape = [2, 3, 4, 4];
  const value = floatTensor('', [1], [numbers[second % numbers.length]!]);
  growing.add(node('ConstantOfShape', [growing.integers(shape)], [], first % 2 === 0 ? { value } : {}), shape);
};

export const randomSteps: readonly AddStep[] = [
  arithmetic,
  arithmetic,
  combining,
  unary,
  unary,
  clip,
  reshape,
  transpose,
  unsqueeze,
  squeeze,
  cast,
  slice,
  pad,
  concat,
  convolution,
  normalization,
  product,
  pool,
  computedShape,
  constants,
  written,
  branch,
  output,
  expand,
  filled,
  loopOf([unary, arithmetic, constants, clip]),
  ...typedSteps,
  ...turnSteps,
];
