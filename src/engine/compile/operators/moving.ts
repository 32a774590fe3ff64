/** Operators that move numbers: other shapes, other orders, parts and joins. */
import { getAttributeFloat, getAttributeInts } from '../../onnx/traverse';
import { tensorOfConstant } from '../../onnx/constant-node';
import { DataType } from '../../onnx/data-type';
import { createTensor } from '../../onnx/tensor';
import { productOf } from '../../product-of';
import type { Plan } from '../plan';
import { refuse } from '../refusal';
import type { TensorView } from '../tensor-view';
import { axisOf, type CompiledFamily, type CompiledOperator, type Unit } from './compiled-operator';

/** The same numbers in row-major order. */
const reshape: CompiledOperator = {
  lower(unit, plan) {
    const { name, shape } = unit.outputs[0]!;
    plan.define(name, plan.reshaped(plan.flat(unit.inputs[0]!), shape));
  },
};

const same: CompiledOperator = {
  lower(unit, plan) {
    plan.alias(unit.inputs[0]!, unit.outputs[0]!.name);
  },
};

/** The value in a form that is at hand. */
export function anyForm(plan: Plan, name: string): TensorView {
  return plan.isPicture(name) ? plan.picture(name) : plan.flat(name);
}

function resultOf(unit: Unit, plan: Plan, isPicture: boolean, index = 0): TensorView {
  const { shape, type } = unit.outputs[index]!;
  const fits = isPicture && (shape.length === 3 || shape.length === 4);
  return fits ? plan.pictureView(shape, type) : plan.flatView(shape, type);
}

function lowerTranspose(unit: Unit, plan: Plan): void {
  const { name, shape } = unit.outputs[0]!;
  const order = unit.facts.ints('perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
  // Channels that come first after the batch are wanted by convolutions, and stored last.
  const givesPicture = order.join() === '0,3,1,2' || order.join() === '0,2,1';
  const result = resultOf(unit, plan, givesPicture && !plan.isPicture(unit.inputs[0]!));
  plan.permute(anyForm(plan, unit.inputs[0]!), result, order);
  plan.define(name, result);
}

function lowerConcat(unit: Unit, plan: Plan): void {
  const { name, shape } = unit.outputs[0]!;
  const inputs = unit.inputs.filter((input) => input !== '');
  const axis = axisOf(unit, shape.length, 1);
  const isPicture = inputs.some((input) => plan.isPicture(input));
  const result = resultOf(unit, plan, isPicture);
  let start = 0;
  for (const input of inputs) {
    const size = plan.value(input).shape[axis]!;
    const isPlaced = result.isPicture && axis === 1 && plan.placeInChannels(input, result, start);
    if (!isPlaced && productOf(plan.value(input).shape) > 0) {
      plan.copy(anyForm(plan, input), result.along(axis, start, size));
    }
    start += size;
  }
  plan.define(name, result);
}

function lowerSplit(unit: Unit, plan: Plan): void {
  const rank = plan.value(unit.inputs[0]!).shape.length;
  const axis = axisOf(unit, rank, 0);
  const input = anyForm(plan, unit.inputs[0]!);
  let start = 0;
  for (const [index, { name, shape }] of unit.outputs.entries()) {
    const size = shape[axis]!;
    if (name !== '') {
      const result = resultOf(unit, plan, input.isPicture, index);
      plan.copy(input.along(axis, start, size), result);
      plan.define(name, result);
    }
    start += size;
  }
}

/** Starts, ends, axes and steps are attributes before opset 10, then inputs. */
function sliceList(unit: Unit, plan: Plan, input: number, attribute: string): readonly number[] | undefined {
  if (unit.facts.opset < 10) return getAttributeInts(unit.facts.node, attribute);
  const name = unit.inputs[input] ?? '';
  if (name === '') return undefined;
  return plan.integers(name) ?? refuse(`Its ${attribute} are not constant.`);
}

function lowerSlice(unit: Unit, plan: Plan): void {
  const input = anyForm(plan, unit.inputs[0]!);
  const { name, shape } = unit.outputs[0]!;
  const starts = sliceList(unit, plan, 1, 'starts') ?? refuse('It has no starts.');
  const axes = sliceList(unit, plan, 3, 'axes') ?? starts.map((_, axis) => axis);
  const given = sliceList(unit, plan, 4, 'steps') ?? starts.map(() => 1);
  const from = shape.map(() => 0);
  const steps = shape.map(() => 1);
  for (const [index, axis] of axes.entries()) {
    const at = axis < 0 ? axis + shape.length : axis;
    const size = input.shape[at]!;
    const step = given[index]!;
    const start = starts[index]! < 0 ? starts[index]! + size : starts[index]!;
    steps[at] = step;
    from[at] = Math.min(Math.max(start, 0), step < 0 ? size - 1 : size);
  }
  const result = resultOf(unit, plan, input.isPicture);
  plan.copy(input.part(from, shape, steps), result);
  plan.define(name, result);
}

function lowerExpand(unit: Unit, plan: Plan): void {
  const result = resultOf(unit, plan, false);
  plan.broadcast(plan.flat(unit.inputs[0]!), result);
  plan.define(unit.outputs[0]!.name, result);
}

interface Padding {
  readonly mode: string;
  readonly begins: readonly number[];
  readonly number: number;
}

function paddingOf(unit: Unit, plan: Plan, rank: number): Padding {
  const { facts, inputs } = unit;
  const mode = facts.string('mode') ?? 'constant';
  if (facts.opset < 11) {
    const begins = (facts.ints('pads') ?? facts.ints('paddings') ?? []).slice(0, rank);
    return { mode, begins, number: getAttributeFloat(facts.node, 'value') ?? 0 };
  }
  const pads = plan.integers(inputs[1]) ?? refuse('Its pads are not constant.');
  const axes = inputs[3] ? (plan.integers(inputs[3]) ?? refuse('Its axes are not constant.')) : undefined;
  const begins = Array.from({ length: rank }, () => 0);
  for (let index = 0; index < pads.length / 2; index++) {
    const axis = axes?.[index] ?? index;
    begins[axis < 0 ? axis + rank : axis] = pads[index]!;
  }
  const number = inputs[2] ? (plan.floats(inputs[2])?.[0] ?? refuse('Its value is not a constant of float32.')) : 0;
  return { mode, begins, number };
}

function lowerPad(unit: Unit, plan: Plan): void {
  const input = anyForm(plan, unit.inputs[0]!);
  const { name, shape } = unit.outputs[0]!;
  const { mode, begins, number } = paddingOf(unit, plan, shape.length);
  const result = resultOf(unit, plan, input.isPicture);
  // Negative pads leave out numbers.
  const from = begins.map((begin) => Math.max(0, -begin));
  const to = begins.map((begin) => Math.max(0, begin));
  const sizes = shape.map((size, axis) => Math.min(size - to[axis]!, input.shape[axis]! - from[axis]!));
  if (mode === 'constant' && productOf(sizes) !== productOf(shape)) plan.fill(result, number);
  if (productOf(sizes) > 0) plan.copy(input.part(from, sizes), result.part(to, sizes));
  if (mode !== 'constant') {
    for (const axis of shape.keys()) mirror(plan, result, { mode, axis, start: to[axis]!, size: sizes[axis]! });
  }
  plan.define(name, result);
}

interface Mirrored {
  readonly mode: string;
  readonly axis: number;
  readonly start: number;
  readonly size: number;
}

/** Fills both ends of an axis from what lies between. Axes before it are filled already. */
function mirror(plan: Plan, result: TensorView, { mode, axis, start, size }: Mirrored): void {
  const whole = result.shape[axis]!;
  for (let at = 0; at < whole; at++) {
    if (at >= start && at < start + size) continue;
    const source = start + sourceOf(mode, at - start, size);
    plan.copy(result.along(axis, source, 1), result.along(axis, at, 1));
  }
}

function sourceOf(mode: string, at: number, size: number): number {
  if (mode === 'edge') return Math.min(Math.max(at, 0), size - 1);
  if (mode === 'wrap') return ((at % size) + size) % size;
  if (mode !== 'reflect') refuse(`Its mode is ${mode}.`);
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const place = ((at % period) + period) % period;
  return Math.min(place, period - place);
}

/** The value that a node holds. */
const constant: CompiledOperator = {
  lower({ facts, outputs }, plan) {
    plan.addConstant(outputs[0]!.name, tensorOfConstant(facts.node) ?? refuse('Its value is sparse.'));
  },
};

/** Shapes are fixed, so they are constants. */
const shapeOf: CompiledOperator = {
  lower({ facts, inputs, outputs }, plan) {
    const { shape } = plan.value(inputs[0]!);
    const end = facts.int('end');
    const sizes = facts.node.opType === 'Size' ? [productOf(shape)] : shape.slice(facts.int('start') ?? 0, end);
    const dims = facts.node.opType === 'Size' ? [] : [sizes.length];
    const { name } = outputs[0]!;
    plan.addConstant(
      name,
      createTensor({ name, dataType: DataType.int64, dims, bytes: BigInt64Array.from(sizes, BigInt) }),
    );
  },
};

function lowerTile(unit: Unit, plan: Plan): void {
  const repeats = plan.integers(unit.inputs[1]) ?? refuse('Its repeats are not constant.');
  const given = plan.flat(unit.inputs[0]!);
  const { name, shape, type } = unit.outputs[0]!;
  // Each axis becomes two: the repeats, and the positions.
  const from = plan.reshaped(
    given,
    given.shape.flatMap((size) => [1, size]),
  );
  const result = plan.flatView(shape, type);
  plan.broadcast(
    from,
    plan.reshaped(
      result,
      given.shape.flatMap((size, axis) => [repeats[axis]!, size]),
    ),
  );
  plan.define(name, result);
}

export const moving: CompiledFamily = new Map([
  ...['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'].map((name): [string, CompiledOperator] => [name, reshape]),
  ...['Identity', 'Dropout'].map((name): [string, CompiledOperator] => [name, same]),
  ['Transpose', { lower: lowerTranspose }],
  ['Concat', { lower: lowerConcat }],
  ['Split', { lower: lowerSplit }],
  ['Slice', { lower: lowerSlice }],
  ['Expand', { lower: lowerExpand }],
  ['Pad', { lower: lowerPad }],
  ['Tile', { lower: lowerTile }],
  ['Constant', constant],
  ['Shape', shapeOf],
  ['Size', shapeOf],
]);
