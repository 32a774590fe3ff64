/** Normalizations with stored statistics, and softmax. */
import { noActivation } from '../activation';
import { productOf } from '../../product-of';
import type { Plan } from '../plan';
import { refuse } from '../refusal';
import type { TensorView } from '../tensor-view';
import { Float32 } from '../wasm/call';
import { addBinary, operandLike, resultLike } from './elementwise';
import { axisOf, requireFloats, type CompiledFamily, type CompiledOperator, type Unit } from './compiled-operator';
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
  const length = isOld ? productOf(shape.slice(axis)) : shape[axis]!;
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

interface Rows {
  readonly input: TensorView;
  readonly shape: readonly number[];
  readonly length: number;
  readonly scale: TensorView;
  readonly bias: TensorView;
  /** Rows after which scales repeat; 0: each column has a scale. */
  readonly period: number;
  readonly hasMean: boolean;
  readonly epsilon: number;
}

/** Normalizes rows of contiguous numbers. */
function addNormalization(plan: Plan, rows: Rows): TensorView {
  const { input, shape, length, scale, bias, period, hasMean, epsilon } = rows;
  const result = plan.flatView(shape, 'float32');
  plan.addStep([input, scale, bias], [result], () => [
    {
      kernel: 'normalize',
      args: [
        ...[input.pointer(), result.pointer(), result.elements / length, length, scale.pointer(), bias.pointer()],
        ...[period, hasMean ? 1 : 0, new Float32(epsilon)],
      ],
    },
  ]);
  return result;
}

const layerNormalization = (hasMean: boolean): CompiledOperator => ({
  lower(unit, plan) {
    const [inputName = '', scaleName = '', biasName = ''] = unit.inputs;
    requireFloats(plan, [inputName, scaleName]);
    if (unit.outputs.length > 1) refuse('Its mean or its deviation is used.');
    const { name, shape } = unit.outputs[0]!;
    const length = productOf(shape.slice(axisOf(unit, shape.length, -1)));
    const full = (given: string): TensorView => {
      const view = plan.flat(given);
      if (view.elements === length) return view;
      const wide = plan.flatView([length], 'float32');
      plan.broadcast(view, wide);
      return wide;
    };
    const bias = hasMean && biasName !== '' ? full(biasName) : plan.numbers(new Float32Array(length), [length]);
    const epsilon = getAttributeFloat(unit.facts.node, 'epsilon') ?? 1e-5;
    const rows = { shape, length, scale: full(scaleName), bias, period: 0, hasMean, epsilon };
    plan.define(name, addNormalization(plan, { input: plan.flat(inputName), ...rows }));
  },
});

const instanceNormalization: CompiledOperator = {
  lower(unit, plan) {
    const [inputName = '', scaleName = '', biasName = ''] = unit.inputs;
    requireFloats(plan, unit.inputs);
    const { name, shape } = unit.outputs[0]!;
    const length = productOf(shape.slice(2));
    const epsilon = getAttributeFloat(unit.facts.node, 'epsilon') ?? 1e-5;
    const rows = { scale: plan.flat(scaleName), bias: plan.flat(biasName), period: shape[1]!, hasMean: true, epsilon };
    plan.define(name, addNormalization(plan, { input: plan.flat(inputName), shape, length, ...rows }));
  },
};

export const normalizations: CompiledFamily = new Map([
  ['BatchNormalization', { lower: lowerBatchNormalization, fusesActivation: true }],
  ['LayerNormalization', layerNormalization(true)],
  ['RMSNormalization', layerNormalization(false)],
  ['InstanceNormalization', instanceNormalization],
  ['Softmax', { lower: (unit: Unit, plan: Plan) => lowerSoftmax(unit, plan, 0) }],
  ['LogSoftmax', { lower: (unit: Unit, plan: Plan) => lowerSoftmax(unit, plan, 1) }],
]);
