/** Between float32 and integers of 8 bits: one scale and zero point for a value, several for constants. */
import { DataType } from '../../onnx/data-type';
import { createTensor } from '../../onnx/tensor';
import { productOf } from '../../product-of';
import { resultLike } from './elementwise';
import { callOverRows, type Operand } from '../loop-nest';
import type { ConstantCodes, Plan } from '../plan';
import { refuse } from '../refusal';
import type { TensorView } from '../tensor-view';
import { Float32, type Argument } from '../wasm/call';
import { axisOf, requireFloats, type CompiledFamily, type Unit } from './compiled-operator';

export interface Grid {
  readonly scale: number;
  readonly zero: number;
}

/** The scale and the zero point of a whole value. */
export function gridOf(unit: Unit, plan: Plan): Grid {
  const scales = plan.floats(unit.inputs[1]) ?? refuse('Its scale is not a constant of float32.');
  if (scales.length !== 1) refuse('It has a scale for each channel, and its input is not constant.');
  return { scale: scales[0]!, zero: zerosOf(unit, plan)?.[0] ?? 0 };
}

function zerosOf(unit: Unit, plan: Plan): readonly number[] | undefined {
  const name = unit.inputs[2] ?? '';
  return name === '' ? undefined : (plan.integers(name) ?? refuse('Its zero point is not constant.'));
}

function addConversion(
  plan: Plan,
  kernel: string,
  views: { input: TensorView; result: TensorView },
  last: readonly Argument[],
): void {
  const { input, result } = views;
  plan.addStep([input], [result], () => {
    const operands = [result, input].map((view): Operand => ({ view, strides: view.strides }));
    return [
      callOverRows(result.shape, operands, { needsUnitSteps: true }, ([to, from], rows, columns) => ({
        kernel,
        args: [from!.pointer, from!.rowStride, to!.pointer, to!.rowStride, rows, columns, ...last],
      })),
    ];
  });
}

function lowerQuantize(unit: Unit, plan: Plan): void {
  requireFloats(plan, unit.inputs.slice(0, 1));
  const { scale, zero } = gridOf(unit, plan);
  const { name, shape, type } = unit.outputs[0]!;
  if (type !== 'int8' && type !== 'uint8') refuse(`It makes ${type}; compiled modules have int8 and uint8.`);
  const [low, high] = type === 'int8' ? [-128, 127] : [0, 255];
  const isPicture = plan.isPicture(unit.inputs[0]!);
  const result = isPicture ? plan.pictureView(shape, type) : plan.flatView(shape, type);
  const input = isPicture ? plan.picture(unit.inputs[0]!) : plan.flat(unit.inputs[0]!);
  const last = [scale, zero, low, high].map((number) => new Float32(number));
  addConversion(plan, 'quantize', { input, result }, last);
  plan.define(name, result);
}

function lowerDequantize(unit: Unit, plan: Plan): void {
  const [inputName = ''] = unit.inputs;
  const { name, shape } = unit.outputs[0]!;
  const codes = plan.integers(inputName);
  if (codes !== undefined) {
    lowerConstant(unit, plan, codes);
    return;
  }
  const { type } = plan.value(inputName);
  if (type !== 'int8' && type !== 'uint8') refuse(`Its input is ${type}; compiled modules have int8 and uint8.`);
  const { scale, zero } = gridOf(unit, plan);
  const last = [new Float32(scale), new Float32(zero), type === 'uint8' ? 1 : 0];
  plan.defineFromCodes(name, shape, { name: inputName, scale, zero }, () => {
    const result = resultLike(plan, [inputName], shape);
    const input = result.isPicture ? plan.picture(inputName) : plan.flat(inputName);
    addConversion(plan, 'dequantize', { input, result }, last);
    return result;
  });
}

function lowerConstant(unit: Unit, plan: Plan, codes: readonly number[]): void {
  const scaleName = unit.inputs[1];
  const { name, shape } = unit.outputs[0]!;
  const constant: ConstantCodes = {
    codes,
    scales: plan.floats(scaleName) ?? refuse('Its scale is not a constant of float32.'),
    zeros: zerosOf(unit, plan),
    axis: axisOf(unit, shape.length, 1),
    block: Number(unit.facts.int('block_size') ?? 0),
  };
  const bytes = constantFloats(constant, shape);
  plan.addConstant(name, createTensor({ name, dataType: DataType.float32, dims: shape, bytes }), constant);
}

/** (code - zero) × scale, rounded as float32, with the grid of each position or block of an axis. */
function constantFloats({ codes, scales, zeros, axis, block }: ConstantCodes, shape: readonly number[]): Float32Array {
  const inner = productOf(shape.slice(axis + 1));
  const [length = 1] = shape.slice(axis);
  const blocks = block === 0 ? 0 : Math.ceil(length / block);
  const gridAt = (index: number): number => {
    if (scales.length === 1) return 0;
    const position = Math.floor(index / inner) % length;
    if (block === 0) return position;
    return (Math.floor(index / (inner * length)) * blocks + Math.floor(position / block)) * inner + (index % inner);
  };
  return Float32Array.from(codes, (code, index) => {
    const grid = gridAt(index);
    return (code - (zeros?.[zeros.length === 1 ? 0 : grid] ?? 0)) * scales[grid]!;
  });
}

export const quantization: CompiledFamily = new Map([
  ['QuantizeLinear', { lower: lowerQuantize }],
  ['DequantizeLinear', { lower: lowerDequantize }],
]);
