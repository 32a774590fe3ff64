/** Products of integers with scales that each run computes: `DynamicQuantizeLinear`, `MatMulInteger` and `ConvInteger`. */
import { DataType } from '../../onnx/data-type';
import { createTensor } from '../../onnx/tensor';
import { productOf } from '../../product-of';
import { activationArguments, noActivation } from '../activation';
import type { Plan } from '../plan';
import { refuse } from '../refusal';
import type { TensorView } from '../tensor-view';
import { startOf } from '../wasm/call';
import { requireFloats, type CompiledFamily, type CompiledOperator, type Unit } from './compiled-operator';
import { convolutions } from './convolution';
import { addBinary } from './elementwise';
import { eights, packPairs, type Weights } from './integers';
import { rowOrWhole } from './matrix';
import { anyForm } from './moving';
import { addConversion } from './typed';

function lowerDynamicQuantize(unit: Unit, plan: Plan): void {
  requireFloats(plan, unit.inputs);
  const input = plan.flat(unit.inputs[0]!);
  const codes = plan.flatView(input.shape, 'uint8');
  const scale = plan.flatView([], 'float32');
  const zero = plan.flatView([], 'uint8');
  plan.addStep([input], [codes, scale, zero], () => [
    {
      kernel: 'quantizeDynamic',
      args: [input.pointer(), productOf(input.shape), ...[codes, scale, zero].map((view) => view.pointer())],
    },
  ]);
  for (const [index, view] of [codes, scale, zero].entries()) {
    const name = unit.outputs[index]?.name ?? '';
    if (name !== '') plan.define(name, view);
  }
}

/** The codes of a constant matrix less their zero points, if these have 8 bits. */
function matrixOf(unit: Unit, plan: Plan): Weights {
  const [, name = '', , zeroName = ''] = unit.inputs;
  const codes = plan.integers(name) ?? refuse('Its second matrix is not constant.');
  const { shape } = plan.value(name);
  const [depth = 1, outputs = 1] = shape;
  if (shape.length !== 2) refuse('Its second matrix is a stack of matrices.');
  const zeros = zeroName === '' ? [0] : (plan.integers(zeroName) ?? refuse('Its second zero point is not constant.'));
  const zeroAt = (output: number): number => zeros[zeros.length === 1 ? 0 : output]!;
  const read = (output: number, row: number): number => codes[row * outputs + output]! - zeroAt(output);
  const isNarrow = codes.every((code, index) => Math.abs(code - zeroAt(index % outputs) + 0.5) < 128);
  if (!isNarrow) refuse('Its second matrix has more than 8 bits after its zero point is subtracted.');
  return { outputs, depth, read };
}

/** The sums, or act(sums × scale + bias + added) where nodes that follow are computed along. */
function lowerIntegerProduct(unit: Unit, plan: Plan): void {
  const [aName = '', , zeroName = ''] = unit.inputs;
  const { type, shape: shapeA } = plan.value(aName);
  if (type !== 'int8' && type !== 'uint8') refuse(`Its first matrix is ${type}.`);
  const weights = matrixOf(unit, plan);
  const { outputs, depth } = weights;
  const { name, shape } = unit.outputs[0]!;
  const a = plan.flat(aName);
  const zero = zeroName === '' ? undefined : plan.flat(zeroName);
  if ((zero?.elements ?? 1) !== 1) refuse('Its first zero point is not one number.');
  const scale = unit.scaled === undefined ? undefined : plan.flat(unit.scaled);
  const result = plan.flatView(shape, scale === undefined ? 'int32' : 'float32');
  const totals = new Int32Array(eights(outputs));
  for (let output = 0; output < outputs; output++) {
    for (let row = 0; row < depth; row++) totals[output]! += weights.read(output, row);
  }
  const [packed, sums] = [plan.data(packPairs(weights, 4)), plan.data(totals)];
  const { bias, added } = rowOrWhole(plan, unit.added, shape, outputs);
  const deep = Math.ceil(depth / 4) * 4;
  const scratch = plan.flatView([8 * deep + 64 + 4 * eights(outputs)], 'int8');
  const reads = [a, zero, scale, added].filter((view) => view !== undefined);
  const at = (view: TensorView | undefined) => view?.pointer() ?? 0;
  plan.addStep(reads, [result, scratch], () => [
    {
      kernel: 'gemm8ToFloats',
      args: [
        ...[a.pointer(), depth, deep, startOf(packed), startOf(sums), at(zero)],
        ...[at(scale), (scale?.elements ?? 1) === 1 ? 0 : 4, startOf(bias), result.pointer(), at(added)],
        ...[productOf(shapeA) / depth, outputs, ...activationArguments(unit.activation)],
        ...[type === 'uint8' ? 1 : 0, scratch.pointer()],
      ],
    },
  ]);
  plan.define(name, result);
}

/** The value less its zero point, as floats, which hold all of it. */
function centered(plan: Plan, name: string, zeroName: string): TensorView {
  const input = anyForm(plan, name);
  const { shape } = input;
  const result = input.isPicture ? plan.pictureView(shape, 'float32') : plan.flatView(shape, 'float32');
  addConversion(plan, input, result);
  if (zeroName === '') return result;
  const zero = plan.flatView([], 'float32');
  addConversion(plan, plan.reshaped(plan.flat(zeroName), []), zero);
  addBinary(plan, 'sub', { a: result, b: zero, result }, noActivation);
  return result;
}

/** The convolution of floats: sums up to 2²⁴ are exact, and larger ones are rounded as float32. */
function lowerIntegerConvolution(unit: Unit, plan: Plan): void {
  const [inputName = '', weightName = '', zeroName = '', weightZeroName = ''] = unit.inputs;
  const codes = plan.integers(weightName) ?? refuse('Its weight is not constant.');
  const zeros =
    weightZeroName === '' ? [0] : (plan.integers(weightZeroName) ?? refuse('Its second zero point is not constant.'));
  if (zeroName !== '' && productOf(plan.value(zeroName).shape) !== 1) refuse('Its first zero point is not one number.');
  const dims = plan.value(weightName).shape;
  const taps = productOf(dims.slice(1));
  const bytes = Float32Array.from(
    codes,
    (code, index) => code - zeros[zeros.length === 1 ? 0 : Math.floor(index / taps)]!,
  );
  const { name, shape } = unit.outputs[0]!;
  // No name in a model has this character.
  const [input, weight, sums] = ['input', 'weight', 'sums'].map((part) => `${name}\0${part}`) as [
    string,
    string,
    string,
  ];
  plan.addConstant(weight, createTensor({ name: weight, dataType: DataType.float32, dims, bytes }));
  plan.define(input, centered(plan, inputName, zeroName));
  const outputs = [{ name: sums, shape, type: 'float32' }] as const;
  convolutions
    .get('Conv')!
    .lower({ facts: unit.facts, inputs: [input, weight], outputs, activation: noActivation }, plan);
  const result = plan.pictureView(shape, 'int32');
  addConversion(plan, plan.picture(sums), result);
  plan.define(name, result);
}

export const dynamic: CompiledFamily = new Map<string, CompiledOperator>([
  ['ConvInteger', { lower: lowerIntegerConvolution }],
  ['DynamicQuantizeLinear', { lower: lowerDynamicQuantize }],
  ['MatMulInteger', { lower: lowerIntegerProduct, fusesScale: true, fusesAddition: () => true, fusesActivation: true }],
]);
