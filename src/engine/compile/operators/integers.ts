/** Products of codes of 8 bits between two quantizers, exact in int32: round(sum × scale) + zero within the bounds of the activation. */
import { activationArguments, activationNames, activationOf, noActivation, type Activation } from '../activation';
import { getAttributeFloat } from '../../onnx/traverse';
import { productOf } from '../../product-of';
import { broadcastStrides, callOverRows, type Operand } from '../loop-nest';
import type { Codes, Plan } from '../plan';
import type { PictureSize, TensorView } from '../tensor-view';
import { Float32, startOf, type Argument, type Region } from '../wasm/call';
import type { CompiledOperator, Unit } from './compiled-operator';
import { gridOf, type Grid } from './quantization';
import { readPads, windowOf, type Window } from './window';

interface Codomain extends Grid {
  readonly low: number;
  readonly high: number;
}

/** The codes of results, with the bounds of an activation that only cuts; `undefined` for another one. */
function codomainOf({ kind, alpha, beta }: Activation, quantizer: Unit, plan: Plan): Codomain | undefined {
  const { scale, zero } = gridOf(quantizer, plan);
  const { type } = quantizer.outputs[0]!;
  if (kind > 2 || (type !== 'int8' && type !== 'uint8')) return undefined;
  const [lowest, highest] = type === 'int8' ? [-128, 127] : [0, 255];
  const [from, to] = kind === 0 ? [-Infinity, Infinity] : kind === 1 ? [0, Infinity] : [alpha, beta];
  const code = (number: number) => Math.round(number / scale) + zero;
  return { scale, zero, low: Math.max(lowest, code(from)), high: Math.min(highest, code(to)) };
}

const codomainArguments = ({ zero, low, high }: Codomain): readonly Argument[] =>
  [zero, low, high].map((number) => new Float32(number));

export interface Weights {
  /** Codes by output and depth. */
  readonly read: (output: number, depth: number) => number;
  readonly outputs: number;
  readonly depth: number;
}

interface Scaled {
  readonly bias: Region;
  readonly scale: Region;
}

export const eights = (count: number) => Math.ceil(count / 8) * 8;

/** The bias of each output less what the zero point of the input adds, and the scale of each sum. */
function scaledSums(unit: Unit, plan: Plan, weights: Weights, input: Codes, output: Grid): Scaled | undefined {
  const codes = plan.constantCodes(unit.inputs[1])!;
  const biasName = unit.added ?? unit.inputs[2] ?? '';
  const biases = biasName === '' ? undefined : plan.floats(biasName);
  if (biasName !== '' && biases?.length !== weights.outputs) return undefined;
  const bias = new Int32Array(eights(weights.outputs));
  const scale = new Float32Array(eights(weights.outputs));
  for (let index = 0; index < weights.outputs; index++) {
    const own = Math.fround(input.scale * codes.scales[codes.scales.length === 1 ? 0 : index]!);
    let sum = 0;
    for (let at = 0; at < weights.depth; at++) sum += weights.read(index, at);
    bias[index] = Math.round((biases?.[index] ?? 0) / own) - input.zero * sum;
    scale[index] = own / output.scale;
  }
  return { bias: plan.data(bias), scale: plan.data(scale) };
}

/** Codes of weights packed to [outputs / 8][depth / 2][8][2]; the depth is rounded up to a multiple of `unit`. */
export function packPairs({ outputs, depth, read }: Weights, unit: number): Int8Array {
  const deep = Math.ceil(depth / unit) * unit;
  const packed = new Int8Array(eights(outputs) * deep);
  for (let output = 0; output < outputs; output++) {
    const start = (output - (output % 8)) * deep + (output % 8) * 2;
    for (let row = 0; row < depth; row++) packed[start + (row >> 1) * 16 + (row & 1)] = read(output, row);
  }
  return packed;
}

/** Codes of 3 × 3 kernels packed to [outputs / 8][2 halves][2 pairs of rows][3][4][2]; the second pair has one row. */
function packThrees({ outputs, read }: Weights): Int8Array {
  const packed = new Int8Array(eights(outputs) * 12);
  for (let output = 0; output < outputs; output++) {
    const start = (output >> 2) * 48 + (output & 3) * 2;
    for (let tap = 0; tap < 9; tap++) {
      const [row, column] = [Math.floor(tap / 3), tap % 3];
      packed[start + (row >> 1) * 24 + column * 8 + (row & 1)] = read(output, tap);
    }
  }
  return packed;
}

/** Codes of the weights, if they are symmetric, have at most 8 bits, and one scale or one for each position of `axis`. */
function symmetricCodes(plan: Plan, name: string | undefined, axis: number): readonly number[] | undefined {
  const constant = plan.constantCodes(name);
  const isSymmetric = constant?.zeros?.every((zero) => zero === 0) ?? true;
  const isOfAxis = constant?.scales.length === 1 || (constant?.axis === axis && constant.block === 0);
  return isSymmetric && isOfAxis && constant?.codes.every((code) => code >= -128 && code <= 127) === true
    ? constant.codes
    : undefined;
}

interface Layer {
  readonly window: Window;
  readonly input: TensorView;
  readonly output: TensorView;
  readonly from: PictureSize;
  readonly to: PictureSize;
  readonly isUnsigned: number;
  readonly codomain: Codomain;
}

function lowerQuantizedConvolution(unit: Unit, quantizer: Unit, plan: Plan): boolean {
  const source = plan.codesOf(unit.inputs[0]);
  const codes = symmetricCodes(plan, unit.inputs[1], 0);
  const codomain = codomainOf(unit.activation, quantizer, plan);
  const groups = unit.facts.int('group') ?? 1;
  const { name, shape, type } = quantizer.outputs[0]!;
  if (source === undefined || codes === undefined || codomain === undefined || unit.added !== undefined) return false;
  const { shape: inputShape, type: inputType } = plan.value(source.name);
  const isDepthwise = groups > 1 && groups === inputShape[1] && groups === shape[1];
  if (groups > 1 && !isDepthwise) return false;
  const kernel = plan.value(unit.inputs[1]!).shape.slice(2);
  const window = windowOf(unit.facts, kernel, inputShape.slice(2), shape.slice(2));
  const taps = window.kernel[0] * window.kernel[1];
  const channels = inputShape[1]! / groups;
  const weights: Weights = {
    outputs: shape[1]!,
    depth: taps * channels,
    read: (output, depth) => codes[(output * channels + (depth % channels)) * taps + Math.floor(depth / channels)]!,
  };
  const sums = scaledSums(unit, plan, weights, source, codomain);
  if (sums === undefined) return false;
  const input = plan.codesPicture(source.name, source.zero);
  const output = plan.pictureView(shape, type);
  const [from, to] = [input.storage.picture!, output.storage.picture!];
  input.storage.needPads(readPads(window, [from.h, from.w], [to.h, to.w]));
  const layer = { window, input, output, from, to, codomain, isUnsigned: inputType === 'uint8' ? 1 : 0 };
  if (isDepthwise) addDepthwise(plan, layer, weights, sums);
  else addProduct(plan, layer, weights, sums);
  plan.define(name, output);
  return true;
}

function addDepthwise(plan: Plan, layer: Layer, weights: Weights, { bias, scale }: Scaled): void {
  const { window, input, output, to, codomain, isUnsigned } = layer;
  const { kernel, strides, dilations, pads } = window;
  const isOfThree = [...kernel, ...dilations].join() === '3,3,1,1' && strides[1] <= 2 && to.w >= 4;
  const packed = plan.data(isOfThree ? packThrees(weights) : packPairs(weights, 2));
  plan.addStep([input], [output], () => {
    const [near, far] = [input.storage.steps, output.storage.steps];
    const start = -pads[0] * near.row - pads[1] * near.pixel;
    return [
      {
        kernel: isOfThree ? (strides[1] === 1 ? 'depthwise8of3' : 'depthwise8of3Stride2') : 'depthwise8',
        args: [
          ...[input.pointer(start, [near.image]), strides[0] * near.row, strides[1] * near.pixel],
          ...[...(isOfThree ? [] : kernel), dilations[0] * near.row, dilations[1] * near.pixel],
          ...[packed, bias, scale].map(startOf),
          ...[output.pointer(0, [far.image]), far.row, far.pixel, to.h, to.w, to.c],
          ...[...codomainArguments(codomain), isUnsigned],
        ],
        times: [to.n],
      },
    ];
  });
}

function addProduct(plan: Plan, layer: Layer, weights: Weights, { bias, scale }: Scaled): void {
  const { window, input, output, from, to, codomain, isUnsigned } = layer;
  const packed = plan.data(packPairs(weights, 4));
  const depth = Math.ceil(weights.depth / 4) * 4;
  const scratch = plan.flatView([8 * depth], 'int8');
  plan.addStep([input], [output, scratch], () => {
    const [near, far] = [input.storage.steps, output.storage.steps];
    const start = -window.pads[0] * near.row - window.pads[1] * near.pixel;
    const isContiguous = window.dilations[1] === 1 && near.pixel === from.c;
    const [kh, kw] = window.kernel;
    return [
      {
        kernel: 'gemm8',
        args: [
          ...[input.pointer(start, [near.image]), window.strides[0] * near.row, window.strides[1] * near.pixel],
          ...[kh, window.dilations[0] * near.row],
          ...(isContiguous ? [1, 0, kw * from.c] : [kw, window.dilations[1] * near.pixel, from.c]),
          ...[depth, ...[packed, bias, scale].map(startOf)],
          ...[output.pointer(0, [far.image]), far.row, far.pixel, to.h, to.w, to.c],
          ...[...codomainArguments(codomain), isUnsigned, scratch.pointer()],
        ],
        times: [to.n],
      },
    ];
  });
}

/** MatMul and Gemm with a constant second matrix, and a constant row that is added. */
function lowerQuantizedMatrix(unit: Unit, quantizer: Unit, plan: Plan): boolean {
  const { facts, inputs } = unit;
  const source = plan.codesOf(inputs[0]);
  const isTurned = facts.int('transB') === 1;
  const codes = symmetricCodes(plan, inputs[1], isTurned ? 0 : 1);
  const codomain = codomainOf(unit.activation, quantizer, plan);
  const isPlain = ['alpha', 'beta'].every((key) => (getAttributeFloat(facts.node, key) ?? 1) === 1);
  if (source === undefined || codes === undefined || codomain === undefined || !isPlain) return false;
  const { shape: sizes } = plan.value(inputs[1]!);
  const [outputs = 1, depth = 1] = isTurned ? sizes : [...sizes].reverse();
  if (sizes.length !== 2 || facts.int('transA') === 1) return false;
  const [columnStep, rowStep] = isTurned ? [depth, 1] : [1, outputs];
  const weights = {
    outputs,
    depth,
    read: (output: number, row: number) => codes[output * columnStep + row * rowStep]!,
  };
  const sums = scaledSums(unit, plan, weights, source, codomain);
  if (sums === undefined) return false;
  const { name, shape, type } = quantizer.outputs[0]!;
  const [input, output] = [plan.flat(source.name), plan.flatView(shape, type)];
  const packed = plan.data(packPairs(weights, 4));
  const deep = Math.ceil(depth / 4) * 4;
  const scratch = plan.flatView([8 * deep], 'int8');
  plan.addStep([input], [output, scratch], () => [
    {
      kernel: 'gemm8',
      args: [
        ...[input.pointer(), 0, depth, 1, 0, 1, 0, depth, deep, ...[packed, sums.bias, sums.scale].map(startOf)],
        ...[output.pointer(), 0, outputs, 1, productOf(shape) / outputs, outputs, ...codomainArguments(codomain)],
        ...[input.type === 'uint8' ? 1 : 0, scratch.pointer()],
      ],
    },
  ]);
  plan.define(name, output);
  return true;
}

function lowerQuantizedAdd(unit: Unit, quantizer: Unit, plan: Plan): boolean {
  const sources = unit.inputs.map((name) => plan.codesOf(name));
  const codomain = codomainOf(unit.activation, quantizer, plan);
  const [left, right] = sources;
  if (left === undefined || right === undefined || sources.length !== 2 || codomain === undefined) return false;
  const types = [left, right].map((source) => plan.value(source.name).type);
  const { name, shape, type } = quantizer.outputs[0]!;
  const isSame = [left, right].every((source) => plan.value(source.name).shape.join() === shape.join());
  if (types[0] !== types[1] || !isSame) return false;
  const isPicture = plan.isPicture(left.name) || plan.isPicture(right.name);
  const result = isPicture ? plan.pictureView(shape, type) : plan.flatView(shape, type);
  const [a, b] = [left, right].map((source) => (isPicture ? plan.picture(source.name) : plan.flat(source.name)));
  const grids = [left.scale, left.zero, right.scale, right.zero, codomain.scale].map((number) => new Float32(number));
  plan.addStep([a!, b!], [result], () => {
    const operands = [result, a!, b!].map((view): Operand => ({ view, strides: broadcastStrides(view, shape) }));
    return [
      callOverRows(shape, operands, { needsUnitSteps: true }, ([o, u, v], rows, columns) => ({
        kernel: 'add8',
        args: [
          ...[u!.pointer, u!.rowStride, u!.step, v!.pointer, v!.rowStride, v!.step, o!.pointer, o!.rowStride],
          ...[rows, columns, ...grids, ...codomainArguments(codomain), types[0] === 'uint8' ? 1 : 0],
        ],
      })),
    ];
  });
  plan.define(name, result);
  return true;
}

/** The activation of one code is another code: each run computes a table of all, and looks them up. */
function lowerQuantizedActivation(unit: Unit, quantizer: Unit, plan: Plan): boolean {
  const source = plan.codesOf(unit.inputs[0]);
  const activation = activationOf(unit.facts.node, (name) => plan.floats(name)?.[0]);
  const codomain = codomainOf(noActivation, quantizer, plan);
  if (source === undefined || activation === undefined || codomain === undefined) return false;
  const { name, shape, type } = quantizer.outputs[0]!;
  const isPicture = plan.isPicture(source.name);
  const input = isPicture ? plan.picture(source.name) : plan.flat(source.name);
  const result = isPicture ? plan.pictureView(shape, type) : plan.flatView(shape, type);
  const codes = plan.data(Int8Array.from({ length: 256 }, (_, code) => code));
  const numbers = plan.flatView([256], 'float32');
  const table = plan.flatView([256], type);
  const grid = [source.scale, source.zero].map((number) => new Float32(number));
  const last = [codomain.scale, codomain.zero, codomain.low, codomain.high].map((number) => new Float32(number));
  plan.addStep([input], [result, numbers, table], () => {
    const [middle, end] = [numbers.pointer(), table.pointer()];
    const isUnsigned = input.type === 'uint8' ? 1 : 0;
    const operands = [result, input].map((view): Operand => ({ view, strides: view.strides }));
    return [
      { kernel: 'dequantize', args: [startOf(codes), 0, middle, 0, 1, 256, ...grid, isUnsigned] },
      { kernel: 'apply', args: [middle, 0, middle, 0, 1, 256, ...activationArguments(activation)] },
      { kernel: 'quantize', args: [middle, 0, end, 0, 1, 256, ...last] },
      callOverRows(shape, operands, { needsUnitSteps: true }, ([to, from], rows, columns) => ({
        kernel: 'lookup',
        args: [from!.pointer, from!.rowStride, to!.pointer, to!.rowStride, rows, columns, end],
      })),
    ];
  });
  plan.define(name, result);
  return true;
}

/** How operators compute with codes, by name. */
export const quantizedForms: ReadonlyMap<string, NonNullable<CompiledOperator['lowerQuantized']>> = new Map([
  ['Conv', lowerQuantizedConvolution],
  ['Add', lowerQuantizedAdd],
  ['Gemm', lowerQuantizedMatrix],
  ['MatMul', lowerQuantizedMatrix],
  ...activationNames.map((name) => [name, lowerQuantizedActivation] as const),
]);
