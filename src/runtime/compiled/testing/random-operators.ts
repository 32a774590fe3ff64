/** Operators of transformers, recurrent nets and pictures that grow, with random parameters. */
import { productOf } from '../../../engine/product-of';
import { ints, type Attributes, type Grow } from './growing-graph';

const kinds = 'Sum Mean Max Min SumSquare L1 L2 LogSumExp'.split(' ');

const reduction: Grow = (on, [name, shape]) => {
  const axes = [...shape.keys()].filter(() => on.int(0, 1) === 1);
  const last = axes.length === shape.length || axes.length === 0 ? [shape.length - 1] : axes;
  const chosen = last.map((axis) => (on.int(0, 1) === 1 ? axis : axis - shape.length));
  return on.add(`Reduce${on.pick(kinds)}`, [name, on.list(chosen)], { keepdims: BigInt(on.int(0, 1)) });
};

const extremePlace: Grow = (on, [name, shape]) => {
  const attributes: Attributes = {
    axis: BigInt(on.int(-shape.length, shape.length - 1)),
    keepdims: BigInt(on.int(0, 1)),
  };
  const [[place = ''] = []] = on.add(on.pick(['ArgMax', 'ArgMin']), [name], attributes);
  return on.add('Cast', [place], { to: 1n });
};

const layerNormalization: Grow = (on, [name, shape]) => {
  const axis = on.int(0, shape.length - 1);
  const own = shape.slice(axis);
  const parts = [on.constant(own), ...(on.int(0, 1) === 1 ? [on.constant(own)] : [])];
  return on.add('LayerNormalization', [name, ...parts], { axis: BigInt(axis - on.pick([0, shape.length])) });
};

const smooth: Grow = (on, [name]) => {
  const op = on.pick(['Erf', 'Gelu', 'Gelu', 'Mish', 'Sqrt', 'Reciprocal', 'Log']);
  if (op === 'Gelu') return on.add(op, [name], { approximate: on.pick(['none', 'tanh']) });
  if (op === 'Erf' || op === 'Mish') return on.add(op, [name]);
  const [[positive = ''] = []] = on.add('Abs', [name]);
  const [[moved = ''] = []] = on.add('Add', [positive, on.constant([], Float32Array.of(0.5))]);
  return on.add(op, [moved]);
};

/** Powers and quotients of what is not near zero. */
const quotient: Grow = (on, [name, shape]) => {
  const other = shape.map((size) => (on.int(0, 2) === 0 ? 1 : size));
  const values = on.floats(productOf(other)).map((number) => Math.abs(number) + 0.5);
  if (on.int(0, 1) === 1) return on.add('Div', [name, on.constant(other, values)]);
  return on.add('Pow', [name, on.constant([], Float32Array.of(on.pick([2, 3, 1])))]);
};

const gather: Grow = (on, [name, shape]) => {
  const axis = on.int(0, shape.length - 1);
  const size = shape[axis]!;
  const indices = on.list(Array.from({ length: on.int(1, 4) }, () => on.int(-size, size - 1)));
  return on.add('Gather', [name, indices], { axis: BigInt(axis) });
};

const where: Grow = (on, [name, shape]) => {
  const other = on.constant(shape.map((size) => (on.int(0, 2) === 0 ? 1 : size)));
  const op = on.pick(['Less', 'Greater', 'LessOrEqual', 'GreaterOrEqual']);
  const [[isChosen = ''] = []] = on.add(op, [name, other]);
  const [[condition = ''] = []] = on.int(0, 1) === 1 ? on.add('Not', [isChosen]) : [[isChosen]];
  return on.add('Where', on.int(0, 1) === 1 ? [condition, name, other] : [condition, other, name]);
};

const repeated: Grow = (on, [name, shape]) => {
  if (on.int(0, 1) === 1) return on.add('Tile', [name, on.list(shape.map(() => on.pick([1, 1, 2, 3])))]);
  const wanted = [on.int(1, 2), ...shape.map((size) => (size === 1 ? on.int(1, 3) : size))];
  return on.add('Expand', [name, on.list(wanted)]);
};

/** With a condition that the values decide. */
const branching: Grow = (on, [name, shape]) => {
  const [[sum = ''] = []] = on.add('ReduceMean', [name], { keepdims: 0n });
  const [[condition = ''] = []] = on.add('Greater', [sum, on.constant([], Float32Array.of(0.1))]);
  const branches = on.pick([
    ['Neg', 'Abs'],
    ['Relu', 'Identity'],
    ['Sigmoid', 'Tanh'],
  ]);
  const [then_branch, else_branch] = branches.map((op) => on.branch(op, name));
  const [[result = ''] = []] = on.add('If', [condition], { then_branch: then_branch!, else_branch: else_branch! });
  return on.add('Reshape', [result, on.list(shape)]);
};

const axes: Grow = (on, [name, shape]) => {
  if (shape.includes(1) && on.int(0, 1) === 1) return on.add('Squeeze', [name, on.list([shape.indexOf(1)])]);
  return on.add('Unsqueeze', [name, on.list([on.int(-shape.length - 1, shape.length)])]);
};

const recurrent: Grow = (on, [name, [, batch = 1, size = 1]]) => {
  const op = on.pick(['LSTM', 'GRU']);
  const direction = on.pick(['forward', 'reverse', 'bidirectional']);
  const directions = direction === 'bidirectional' ? 2 : 1;
  const hidden = on.int(1, 9);
  const gates = (op === 'LSTM' ? 4 : 3) * hidden;
  const parts = [on.constant([directions, gates, size]), on.constant([directions, gates, hidden])];
  const bias = on.int(0, 2) > 0 ? on.constant([directions, 2 * gates]) : '';
  const state = () => (on.int(0, 1) === 1 ? on.constant([directions, batch, hidden]) : '');
  const states = op === 'LSTM' ? [state(), state()] : [state()];
  const inputs = [name, ...parts, bias, '', ...states];
  while (inputs.at(-1) === '') inputs.pop();
  const attributes: Attributes = { direction, hidden_size: BigInt(hidden) };
  const linear: Attributes = op === 'GRU' ? { linear_before_reset: BigInt(on.int(0, 1)) } : {};
  return on.add(op, inputs, { ...attributes, ...linear }, op === 'LSTM' ? 3 : 2);
};

/** Not of single numbers: their deviation is zero, and rounding is magnified. */
const instanceNormalization: Grow = (on, [name, shape]) => {
  if (productOf(shape.slice(2)) < 4) throw new RangeError('too few numbers');
  return on.add('InstanceNormalization', [name, on.constant([shape[1]!]), on.constant([shape[1]!])]);
};

const resize: Grow = (on, [name, shape]) => {
  const mode = on.pick(['nearest', 'linear']);
  const transformation = on.pick(['half_pixel', 'asymmetric', 'align_corners', 'pytorch_half_pixel']);
  const rounding = on.pick(['round_prefer_floor', 'floor', 'ceil', 'round_prefer_ceil']);
  const attributes: Attributes = {
    ...{ mode, coordinate_transformation_mode: transformation },
    ...(mode === 'nearest' && { nearest_mode: rounding }),
  };
  if (on.int(0, 1) === 1) {
    const sizes = shape.map((size, axis) => (axis < 2 ? size : on.int(1, 2 * size)));
    return on.add('Resize', [name, '', '', on.list(sizes)], attributes);
  }
  const scales = shape.map((_, axis) => (axis < 2 ? 1 : on.pick([1, 2, 2, 3, 0.5, 1.5])));
  return on.add('Resize', [name, '', on.constant([shape.length], Float32Array.from(scales))], attributes);
};

const transposedConvolution: Grow = (on, [name, shape]) => {
  const [, channels = 1, ...spatial] = shape;
  const groups = on.pick([1, 1, channels]);
  const columns = on.pick([1, 2, 3, 5, 8]);
  const kernel = spatial.map(() => on.pick([1, 2, 2, 3, 4]));
  const strides = spatial.map(() => on.int(1, 3));
  const pads = [...kernel, ...kernel].map((size) => on.int(0, Math.max(0, Math.ceil(size / 2) - 1)));
  const more = strides.map((stride) => on.int(0, stride - 1));
  const parts = [on.constant([channels, columns, ...kernel])];
  if (on.int(0, 1) === 1) parts.push(on.constant([columns * groups]));
  return on.add('ConvTranspose', [name, ...parts], {
    ...{ kernel_shape: ints(kernel), strides: ints(strides), pads: ints(pads), output_padding: ints(more) },
    group: BigInt(groups),
  });
};

/** For values of any shape. */
export const onAny: readonly Grow[] = [
  ...[reduction, reduction, extremePlace, layerNormalization, smooth, quotient],
  ...[gather, where, repeated, branching, axes],
];
/** For values [N, C, …]. */
export const onPicturesToo: readonly Grow[] = [instanceNormalization, resize, resize, transposedConvolution];
/** For values [steps, batch, inputs]. */
export const onSteps: readonly Grow[] = [recurrent, recurrent, recurrent];
