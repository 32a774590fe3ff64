/** Normalizations with stored statistics, and softmax. */
import { noActivation } from '../activation';
import type { Plan } from '../plan';
import { refuse } from '../refusal';
import { addBinary, operandLike, resultLike } from './elementwise';
import { axisOf, requireFloats, type CompiledFamily, type Unit } from './compiled-operator';
import { getAttributeFloat } from '../../onnx/traverse';

/** y = x × scale + shift, with one of each for a channel. */
function lowerBatchNormalization(unit: Unit, plan: Plan): void {
  requireFloats(plan, unit.inputs.slice(0, 1));
  if (unit.facts.int('training_mode') === 1) refuse('It is in training mode.');
  const [scale, bias, mean, variance] = unit.inputs
    .slice(1)
    .map((name) => plan.floats(name) ?? refuse('Its statistics are not constant.'));
  const epsilon = getAttributeFloat(unit.facts.node, 'epsilon') ?? 1e-5;
  const factors = scale!.map((factor, channel) => factor / Math.sqrt(variance![channel]! + epsilon));
  const shifts = bias!.map((shift, channel) => shift - mean![channel]! * factors[channel]!);
  const { name, shape } = unit.outputs[0]!;
  const result = resultLike(plan, unit.inputs.slice(0, 1), shape);
  const input = operandLike(plan, unit.inputs[0]!, result);
  const perChannel = [factors.length, ...shape.slice(2).map(() => 1)];
  addBinary(plan, 'mul', { a: input, b: plan.numbers(factors, perChannel), result }, noActivation);
  addBinary(plan, 'add', { a: result, b: plan.numbers(shifts, perChannel), result }, unit.activation);
  plan.define(name, result);
}

function lowerSoftmax(unit: Unit, plan: Plan, isLog: 0 | 1): void {
  requireFloats(plan, unit.inputs);
  const { name, shape } = unit.outputs[0]!;
  const isOld = unit.facts.opset < 13;
  const axis = axisOf(unit, shape.length, isOld ? 1 : -1);
  // Before opset 13 all axes from the given one on are one.
  const length = isOld ? shape.slice(axis).reduce((product, size) => product * size, 1) : shape[axis]!;
  const isLast = isOld || shape.slice(axis + 1).every((size) => size === 1);
  const input = plan.flat(unit.inputs[0]!);
  const order = [...shape.keys()].filter((index) => index !== axis);
  const turned = [...order, axis];
  const turnedShape = turned.map((index) => shape[index]!);
  const from = isLast ? input : plan.flatView(turnedShape, 'float32');
  if (!isLast) plan.permute(input, from, turned);
  const result = plan.flatView(isLast ? shape : turnedShape, 'float32');
  if (length > 0) {
    plan.addStep([from], [result], () => [
      { kernel: 'softmax', args: [from.pointer(), result.pointer(), result.elements / length, length, isLog] },
    ]);
  }
  if (isLast) {
    plan.define(name, result);
    return;
  }
  const back = plan.flatView(shape, 'float32');
  plan.permute(
    result,
    back,
    [...shape.keys()].map((index) => turned.indexOf(index)),
  );
  plan.define(name, back);
}

export const normalizations: CompiledFamily = new Map([
  ['BatchNormalization', { lower: lowerBatchNormalization, fusesActivation: true }],
  ['Softmax', { lower: (unit: Unit, plan: Plan) => lowerSoftmax(unit, plan, 0) }],
  ['LogSoftmax', { lower: (unit: Unit, plan: Plan) => lowerSoftmax(unit, plan, 1) }],
]);
