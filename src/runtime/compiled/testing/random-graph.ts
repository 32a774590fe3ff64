/** Random small graphs of the operators of compiled models, with random inputs. */
import type { Feeds } from '../../../engine/data/feeds';
import type { Model } from '../../../engine/onnx/graph';
import { model } from '../../../engine/onnx/testing/build';
import { productOf } from '../../../engine/product-of';
import { ints, RandomGraph, type Attributes, type Grow, type Value } from './growing-graph';
import { onAny, onPicturesToo, onSteps } from './random-operators';

function windowAttributes(on: RandomGraph, kernel: readonly number[]): Attributes {
  const each = (high: number, low = 1) => ints(kernel.map(() => on.int(low, high)));
  const mode = on.pick(['NOTSET', 'NOTSET', 'NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID']);
  return {
    kernel_shape: ints(kernel),
    strides: each(3),
    ...(mode === 'NOTSET'
      ? { pads: ints([...kernel, ...kernel].map((size) => on.int(0, size - 1))) }
      : { auto_pad: mode }),
  };
}

const convolution: Grow = (on, [name, shape]) => {
  const [, channels = 1, ...spatial] = shape;
  const groups = on.pick([1, 1, channels, channels % 2 === 0 ? 2 : 1]);
  const outputs = groups * on.pick(groups === channels ? [1, 1, 2] : [1, 2, 3, 5, 8, 11]);
  const kernel = spatial.map(() => on.pick([1, 1, 2, 3, 3, 5]));
  const weight = on.constant([outputs, channels / groups, ...kernel]);
  const attributes = windowAttributes(on, kernel);
  const dilations: Attributes =
    'auto_pad' in attributes! ? {} : { dilations: ints(kernel.map(() => on.pick([1, 1, 1, 2, 3]))) };
  const bias = on.int(0, 1) === 1 ? [on.constant([outputs])] : [];
  return on.add('Conv', [name, weight, ...bias], { ...attributes, ...dilations, group: BigInt(groups) });
};

const pool: Grow = (on, [name, shape]) => {
  const op = on.pick(['MaxPool', 'AveragePool']);
  const attributes = windowAttributes(
    on,
    // Runtimes differ where a stride of 3 skips inputs, and where a window exceeds its input.
    shape.slice(2).map((size) => on.int(2, Math.max(2, Math.min(4, size)))),
  );
  if (shape.slice(2).includes(1)) throw new RangeError('too small');
  const more: Attributes = op === 'MaxPool' ? {} : { count_include_pad: BigInt(on.int(0, 1)) };
  return on.add(op, [name], { ...attributes, ...more, ceil_mode: BigInt(on.int(0, 1)) });
};

const globalPool: Grow = (on, [name]) => on.add(on.pick(['GlobalAveragePool', 'GlobalMaxPool']), [name]);

const normalization: Grow = (on, [name, shape]) => {
  const channels = shape[1]!;
  const positive = on.floats(channels).map((number) => Math.abs(number) + 0.1);
  const rest = [0, 1, 2].map(() => on.constant([channels]));
  return on.add('BatchNormalization', [name, ...rest, on.constant([channels], positive)]);
};

const activations = 'Relu LeakyRelu Sigmoid HardSigmoid HardSwish Tanh Elu Selu Softplus Softsign'.split(' ');

const activation: Grow = (on, [name, shape]) => {
  const op = on.pick([...activations, 'Clip', 'PRelu', 'Silu']);
  if (op === 'Silu') {
    const [[gate = ''] = []] = on.add('Sigmoid', [name]);
    return on.add('Mul', [name, gate]);
  }
  if (op === 'Clip')
    return on.add(op, [name, on.constant([], Float32Array.of(-0.5)), on.constant([], Float32Array.of(1))]);
  if (op === 'PRelu')
    return on.add(op, [name, on.constant(shape.length > 2 ? [shape[1]!, ...shape.slice(2).map(() => 1)] : [1])]);
  return on.add(op, [name]);
};

const unary: Grow = (on, [name]) => {
  const op = on.pick(['Abs', 'Neg', 'Floor', 'Ceil', 'Round', 'Exp', 'Sign']);
  if (op !== 'Exp') return on.add(op, [name]);
  // The error of a power grows with its exponent: the runtime's own exceeds the limit for sums of many products.
  const [[bounded = ''] = []] = on.add('Clip', [
    name,
    on.constant([], Float32Array.of(-4)),
    on.constant([], Float32Array.of(4)),
  ]);
  return on.add(op, [bounded]);
};

/** With a constant or an input that broadcasts, or with itself. */
const binary: Grow = (on, [name, shape]) => {
  const op = on.pick(['Add', 'Sub', 'Mul', 'Max', 'Min', 'Add', 'Mul']);
  const other = shape.map((size) => (on.int(0, 2) === 0 ? 1 : size)).slice(on.int(0, shape.length));
  const second = on.pick([() => on.constant(other), () => on.input(other)[0], () => name])();
  return on.add(op, on.int(0, 1) === 1 ? [name, second] : [second, name]);
};

const concat: Grow = (on, value) => {
  const [name, shape] = value;
  const axis = on.int(0, shape.length - 1);
  const [[second = ''] = []] = on.pick([activation, unary])(on, value);
  const third = on.constant(shape);
  return on.add(
    'Concat',
    on.pick([
      [name, second],
      [second, third],
      [name, third, second],
    ]),
    { axis: BigInt(axis) },
  );
};

const split: Grow = (on, [name, shape]) => {
  const axis = shape.findIndex((size, index) => size > 1 && index > 0);
  if (axis < 0) throw new RangeError('nothing to split');
  const first = on.int(1, shape[axis]! - 1);
  return on.add('Split', [name, on.list([first, shape[axis]! - first])], { axis: BigInt(axis) }, 2);
};

const slice: Grow = (on, [name, shape]) => {
  const axis = on.int(0, shape.length - 1);
  const size = shape[axis]!;
  const start = on.int(0, size - 1);
  const [from, to, step] = on.pick([
    [start, size, 1],
    [start - size, 1000, 2],
    [size - 1, -1000, -1],
    [start, -1000, -2],
  ]);
  return on.add('Slice', [name, on.list([from!]), on.list([to!]), on.list([axis]), on.list([step!])]);
};

const pad: Grow = (on, [name, shape]) => {
  const mode = on.pick(['constant', 'constant', 'edge', 'reflect']);
  const most = (axis: number) => (axis < 1 ? 0 : Math.min(2, shape[axis]! - 1));
  const sizes = [...shape.keys(), ...shape.keys()].map((axis) => on.int(0, most(axis)));
  const value = mode === 'constant' ? [on.constant([], Float32Array.of(0.5))] : [];
  return on.add('Pad', [name, on.list(sizes), ...value], { mode });
};

const transpose: Grow = (on, [name, shape]) => {
  const order = [...shape.keys()];
  for (let at = order.length - 1; at > 0; at--) {
    const other = on.int(0, at);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return on.add('Transpose', [name], { perm: ints(order) });
};

const flatten: Grow = (on, [name, shape]) => on.add('Flatten', [name], { axis: BigInt(on.int(0, shape.length)) });

const reshape: Grow = (on, [name, shape]) => {
  const all = productOf(shape);
  const first = on.pick([1, 2, 3, 4, 6].filter((size) => all % size === 0));
  return on.add('Reshape', [
    name,
    on.list(
      on.pick([
        [first, -1],
        [1, first, -1],
        [1, first, -1, 1],
      ]),
    ),
  ]);
};

const softmax: Grow = (on, [name, shape]) =>
  on.add(on.pick(['Softmax', 'Softmax', 'LogSoftmax']), [name], { axis: BigInt(on.int(0, shape.length - 1)) });

const matMul: Grow = (on, [name, shape]) => {
  const depth = shape.at(-1)!;
  const columns = on.int(1, 13);
  const batch = shape.slice(0, -2).map((size) => on.pick([1, size]));
  const second = on.pick([[depth, columns], [...batch, depth, columns], [depth]]);
  const made = on.pick([() => on.constant(second), () => on.input(second)[0]])();
  const result = on.add('MatMul', [name, made]);
  const [product, size] = result[0]!;
  if (size.length === 0) throw new RangeError('a scalar');
  return on.int(0, 1) === 1 ? on.add('Add', [product, on.constant([size.at(-1)!])]) : result;
};

const gemm: Grow = (on, value) => {
  const [[name, shape] = value] = value[1].length === 2 ? [value] : flatten(on, value);
  const isTurned = on.int(0, 1) === 1;
  const [depth, rows] = isTurned ? [shape[0]!, shape[1]!] : [shape[1]!, shape[0]!];
  const columns = on.int(1, 13);
  const isTurnedB = on.int(0, 1) === 1;
  const second = isTurnedB ? [columns, depth] : [depth, columns];
  const third = on.pick([[], [columns], [1, columns], [rows, 1], [rows, columns]]);
  const added = on.int(0, 3) === 0 ? [] : [on.constant(third)];
  return on.add('Gemm', [name, on.constant(second), ...added], {
    ...{ transA: BigInt(isTurned), transB: BigInt(isTurnedB) },
    alpha: on.pick([1, 0.5]),
  });
};

const always = [...onAny, activation, unary, binary, concat, split, slice, pad, transpose, flatten, reshape, softmax];
const onPictures = [
  ...onPicturesToo,
  convolution,
  convolution,
  convolution,
  convolution,
  pool,
  pool,
  globalPool,
  normalization,
];

/** A random graph, or `undefined` if the seed leads to sizes that do not exist. */
export function randomGraph(seed: number): { readonly model: Model; readonly feeds: Feeds } | undefined {
  const on = new RandomGraph(seed);
  const spatial = on.pick([1, 2, 2, 2]);
  const shape = [
    on.pick([1, 1, 1, 2]),
    on.pick([1, 2, 3, 4, 5, 8, 13]),
    ...Array.from({ length: spatial }, () => on.int(1, 11)),
  ];
  const values: Value[] = [on.input(shape)];
  try {
    for (let left = on.int(1, 6); left > 0; left--) {
      const value = on.pick(values.slice(-3));
      const isPicture = value[1].length === 3 || value[1].length === 4;
      const more = value[1].length === 3 ? onSteps : [];
      const grow = on.pick([...always, ...more, ...(isPicture ? [...onPictures, ...onPictures] : []), matMul, gemm]);
      values.push(...grow(on, value));
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  const last = values.at(-1)!;
  const other = on.pick(values.slice(1));
  const outputs = other === last ? [last] : [last, other];
  return { model: model(on.graph(outputs), { opset: 21 }), feeds: on.feeds() };
}
