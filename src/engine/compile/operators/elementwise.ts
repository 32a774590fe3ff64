/** Arithmetic on each number, with broadcasting. */
import { activationArguments, activationNames, activationOf, noActivation, type Activation } from '../activation';
import { broadcastStrides, callOverRows, type Operand } from '../loop-nest';
import type { Plan } from '../plan';
import type { TensorView } from '../tensor-view';
import type { Argument } from '../wasm/call';
import { lowerIntegers } from './typed';
import { requireFloats, type CompiledFamily, type CompiledOperator, type Unit } from './compiled-operator';

/** A result of the form that the inputs have: a picture if one of them is only that. */
export function resultLike(plan: Plan, names: readonly string[], shape: readonly number[]): TensorView {
  const isPicture = (shape.length === 3 || shape.length === 4) && names.some((name) => plan.isPicture(name));
  return isPicture ? plan.pictureView(shape, 'float32') : plan.flatView(shape, 'float32');
}

/** An input in the form that suits a result. In pictures, an operand that varies in channels and places must be one. */
export function operandLike(plan: Plan, name: string, result: TensorView): TensorView {
  const { shape } = plan.value(name);
  const [, channels = 1, ...spatial] = shape;
  const needsPicture = channels > 1 && spatial.some((size) => size > 1);
  const isSame = shape.length === result.shape.length;
  return result.isPicture && isSame && (needsPicture || plan.isPicture(name)) ? plan.picture(name) : plan.flat(name);
}

/** Adds the step of a kernel that takes (a, row stride, step, b, row stride, step, output, row stride, rows, columns, activation). */
export function addBinary(
  plan: Plan,
  kernel: string,
  { a, b, result }: { readonly a: TensorView; readonly b: TensorView; readonly result: TensorView },
  activation: Activation,
): void {
  plan.addStep([a, b], [result], () => {
    const operands = [result, a, b].map((view): Operand => ({ view, strides: broadcastStrides(view, result.shape) }));
    return [
      callOverRows(result.shape, operands, { needsUnitSteps: true }, ([o, left, right], rows, columns) => ({
        kernel,
        args: [
          ...[left!.pointer, left!.rowStride, left!.step === 0 ? 0 : 1],
          ...[right!.pointer, right!.rowStride, right!.step === 0 ? 0 : 1],
          ...[o!.pointer, o!.rowStride, rows, columns, ...activationArguments(activation)],
        ],
      })),
    ];
  });
}

/** Adds the step of a kernel that takes (a, row stride, output, row stride, rows, columns, …). */
export function addUnary(
  plan: Plan,
  kernel: string,
  input: TensorView,
  result: TensorView,
  last: readonly Argument[],
): void {
  plan.addStep([input], [result], () => {
    const operands = [result, input].map((view): Operand => ({ view, strides: view.strides }));
    return [
      callOverRows(result.shape, operands, { needsUnitSteps: true }, ([o, from], rows, columns) => ({
        kernel,
        args: [from!.pointer, from!.rowStride, o!.pointer, o!.rowStride, rows, columns, ...last],
      })),
    ];
  });
}

/** Folds all inputs with a kernel, from the left. */
const folding = (kernel: string, divides = false): CompiledOperator => ({
  fusesActivation: !divides,
  lower(unit, plan) {
    const { inputs, outputs, activation } = unit;
    if (plan.value(inputs[0]!).type !== 'float32') {
      lowerIntegers(unit, plan);
      return;
    }
    requireFloats(plan, inputs);
    const { name, shape } = outputs[0]!;
    const result = resultLike(plan, inputs, shape);
    const views = inputs.map((input) => operandLike(plan, input, result));
    const [first, second, ...others] = views;
    const isLast = (index: number): Activation => (index === views.length - 1 ? activation : noActivation);
    if (second === undefined) addUnary(plan, 'apply', first!, result, activationArguments(activation));
    else addBinary(plan, kernel, { a: first!, b: second, result }, isLast(1));
    for (const [index, b] of others.entries()) addBinary(plan, kernel, { a: result, b, result }, isLast(index + 2));
    if (divides) {
      const count = plan.scalar(1 / views.length);
      addBinary(plan, 'mul', { a: result, b: count, result }, noActivation);
    }
    plan.define(name, result);
  },
});

const unary = (kernel: string, last: readonly Argument[]): CompiledOperator => ({
  lower(unit, plan) {
    requireFloats(plan, unit.inputs);
    lowerUnary(unit, plan, kernel, last);
  },
});

function lowerUnary(unit: Unit, plan: Plan, kernel: string, last: readonly Argument[]): void {
  const { name, shape } = unit.outputs[0]!;
  const result = resultLike(plan, [unit.inputs[0]!], shape);
  addUnary(plan, kernel, operandLike(plan, unit.inputs[0]!, result), result, last);
  plan.define(name, result);
}

/** A Clip with bounds that are computed. */
function lowerClip({ inputs, outputs }: Unit, plan: Plan): void {
  const { name, shape } = outputs[0]!;
  const result = resultLike(plan, inputs.slice(0, 1), shape);
  let a = operandLike(plan, inputs[0]!, result);
  for (const [index, kernel] of ['maximum', 'minimum'].entries()) {
    const bound = inputs[index + 1] ?? '';
    if (bound === '') continue;
    addBinary(plan, kernel, { a, b: plan.flat(bound), result }, noActivation);
    a = result;
  }
  plan.define(name, a);
}

const activationNode: CompiledOperator = {
  lower(unit, plan) {
    requireFloats(plan, unit.inputs.slice(0, 1));
    const activation = activationOf(unit.facts.node, (name) => plan.floats(name)?.[0]);
    if (activation === undefined) {
      lowerClip(unit, plan);
      return;
    }
    lowerUnary(unit, plan, 'apply', activationArguments(activation));
  },
};

const functions = ['Abs', 'Neg', 'Sqrt', 'Floor', 'Ceil', 'Round', 'Reciprocal', 'Sign'];

export const elementwise: CompiledFamily = new Map([
  ['Add', folding('add')],
  ['Sub', folding('sub')],
  ['Mul', folding('mul')],
  ['Div', folding('div')],
  ['Max', folding('maximum')],
  ['Min', folding('minimum')],
  ['Sum', folding('add')],
  ['Mean', folding('add', true)],
  ['Pow', folding('power')],
  ['PRelu', folding('prelu')],
  ['Exp', unary('expLog', [0])],
  ['Log', unary('expLog', [1])],
  ...functions.map((name, kind): [string, CompiledOperator] => [name, unary('unary', [kind])]),
  ...activationNames.map((name): [string, CompiledOperator] => [name, activationNode]),
]);
