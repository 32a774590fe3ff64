/** Reductions along axes, and the places of extremes. */
import { productOf } from '../../product-of';
import { noActivation } from '../activation';
import type { Plan } from '../plan';
import type { TensorView } from '../tensor-view';
import { axisOf, requireFloats, type CompiledFamily, type CompiledOperator, type Unit } from './compiled-operator';
import { anyForm } from './moving';
import { addWindows, poolKinds } from './pooling';
import { refuse } from '../refusal';

const kinds = 'Sum Mean Max Min Prod SumSquare L1 L2 LogSum LogSumExp'.split(' ');

/** Axes from the front, in order; `undefined` if nothing is reduced. */
function reducedAxes(unit: Unit, plan: Plan, rank: number): readonly number[] | undefined {
  const name = unit.inputs[1] ?? '';
  const given = name === '' ? unit.facts.ints('axes') : (plan.integers(name) ?? refuse('Its axes are not constant.'));
  if (given === undefined || given.length === 0) {
    if (unit.facts.int('noop_with_empty_axes') === 1) return undefined;
    return Array.from({ length: rank }, (_, axis) => axis);
  }
  return given.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
}

/** The value with the given axes last, contiguous. */
function withLastAxes(plan: Plan, name: string, axes: readonly number[]): TensorView {
  const { shape } = plan.value(name);
  const order = [...[...shape.keys()].filter((axis) => !axes.includes(axis)), ...axes];
  const long = order.filter((axis) => shape[axis] !== 1);
  const isInOrder = long.every((axis, index) => index === 0 || axis > long[index - 1]!);
  if (isInOrder && !plan.isPicture(name)) return plan.flat(name);
  const input = anyForm(plan, name);
  const turned = plan.flatView(
    order.map((axis) => shape[axis]!),
    input.type,
  );
  plan.permute(input, turned, order);
  return turned;
}

const reduction = (kind: number): CompiledOperator => ({
  lower(unit, plan) {
    const [inputName = ''] = unit.inputs;
    requireFloats(plan, [inputName]);
    const { shape: given } = plan.value(inputName);
    const axes = reducedAxes(unit, plan, given.length);
    const { name, shape } = unit.outputs[0]!;
    if (axes === undefined) {
      plan.alias(inputName, name);
      return;
    }
    const isSpatial = given.length > 2 && axes.join() === [...given.keys()].slice(2).join();
    if (isSpatial && plan.isPicture(inputName) && (kind === 1 || kind === 2)) {
      const input = plan.picture(inputName);
      const result = plan.pictureView([given[0]!, given[1]!, ...axes.map(() => 1)], 'float32');
      const { h, w } = input.storage.picture!;
      const window = { kernel: [h, w], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] } as const;
      const pooled = { input, result, window, kind: kind === 1 ? poolKinds.mean : poolKinds.maximum };
      addWindows(plan, pooled, { isRoundedUp: false, activation: noActivation });
      const flat = plan.flatView(shape, 'float32');
      plan.copy(result, plan.reshaped(flat, result.shape));
      plan.define(name, flat);
      return;
    }
    const input = withLastAxes(plan, inputName, axes);
    const length = productOf(axes.map((axis) => given[axis]!));
    const result = plan.flatView(shape, 'float32');
    plan.addStep([input], [result], () => [
      { kernel: 'reduce', args: [input.pointer(), result.pointer(), result.elements, length, kind] },
    ]);
    plan.define(name, result);
  },
});

const extremePlace = (isLeast: 0 | 1): CompiledOperator => ({
  lower(unit, plan) {
    const [inputName = ''] = unit.inputs;
    requireFloats(plan, [inputName]);
    const { shape: given } = plan.value(inputName);
    const axis = axisOf(unit, given.length, 0);
    const input = withLastAxes(plan, inputName, [axis]);
    const { name, shape } = unit.outputs[0]!;
    const result = plan.flatView(shape, 'int64');
    const isLast = unit.facts.int('select_last_index') === 1 ? 1 : 0;
    plan.addStep([input], [result], () => [
      { kernel: 'place', args: [input.pointer(), result.pointer(), result.elements, given[axis]!, isLeast, isLast] },
    ]);
    plan.define(name, result);
  },
});

export const reductions: CompiledFamily = new Map([
  ...kinds.map((name, kind): [string, CompiledOperator] => [`Reduce${name}`, reduction(kind)]),
  ['ArgMax', extremePlace(0)],
  ['ArgMin', extremePlace(1)],
]);
