/** Rules for QuantizeLinear, DynamicQuantizeLinear, DequantizeLinear, and operators that only move or compare integers. */
import { DataType } from '../../onnx/data-type';
import type { Node, Tensor } from '../../onnx/graph';
import { rearrangingOperators } from '../../onnx/ops/rearranging-operators';
import { createTensor, elementCount, readFloat32 } from '../../onnx/tensor';
import { getAttributeInt } from '../../onnx/traverse';
import { roundHalfEven } from '../../round-half-even';
import { createNode } from '../../onnx/create-node';
import { floatTensor, isFloat } from './float-constants';
import { codeRange, codeReader, holdsCodes } from './integer-codes';
import { hasNoNegatives } from './no-negatives';
import type { RestorationRule } from './restoration-rule';
import { Obstacle, type Integers, type RestorationScope } from './restoration-scope';
import { linearParameters } from './restored-weights';

/** Constants with more numbers stay floats. Files hardly store large weights as floats that are rounded at load. */
const mostRounded = 2 ** 26;

const quantize: RestorationRule = (node, scope) => {
  const [floats = '', scale = '', zeroPoint = ''] = node.inputs;
  const [integers = ''] = node.outputs;
  const constant = scope.constant(floats);
  const rounded = constant && roundedConstant(node, scope, constant);
  if (rounded) {
    scope.setIntegers(integers, { kind: 'constant', name: floats, tensor: rounded, scope });
    return 'followed';
  }
  const mayBeNegative = !hasNoNegatives(scope, floats);
  scope.setIntegers(integers, scope.quantizedValues(floats, { scale, zeroPoint }, mayBeNegative));
  return 'followed';
};

/** A constant that the runtime rounds when it loads the model. */
function roundedConstant(node: Node, scope: RestorationScope, constant: Tensor): Tensor | undefined {
  const scale = scope.constant(node.inputs[1]);
  const zeroPoint = scope.constant(node.inputs[2]);
  const type = zeroPoint?.dataType ?? (getAttributeInt(node, 'output_dtype') || DataType.uint8);
  const count = elementCount(constant);
  const isByte = type === DataType.int8 || type === DataType.uint8;
  const isBlocked = (getAttributeInt(node, 'block_size') ?? 0) > 0;
  if (!scale || !isByte || isBlocked || !isFloat(constant) || count > mostRounded) return undefined;
  const dims = constant.dims.map(Number);
  const axis = getAttributeInt(node, 'axis') ?? 1;
  const parameters = linearParameters(dims, { scale, axis, ...(zeroPoint && { zeroPoint }) });
  if (typeof parameters === 'string') return undefined;
  const { scales, zeroPoints, indexOf } = parameters;
  const { least, most } = codeRange(type);
  const codes = new Uint8Array(count);
  readFloat32(constant).forEach((value, at) => {
    const index = indexOf(at);
    const steps = roundHalfEven(Math.fround(value / scales[index]!)) + zeroPoints[index]!;
    codes[at] = Math.max(least, Math.min(most, steps));
  });
  return createTensor({ dataType: type, dims, bytes: codes });
}

const quantizeDynamically: RestorationRule = (node, scope) => {
  const [floats = ''] = node.inputs;
  const [integers = '', scale = '', zeroPoint = ''] = node.outputs;
  scope.setIntegers(integers, scope.quantizedValues(floats, { scale, zeroPoint }, false));
  return 'followed';
};

const dequantize: RestorationRule = async (node, scope) => {
  const [name = '', scale = '', zeroPoint = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const integers = scope.integers(name);
  if (!integers) {
    const tensor = scope.constant(name);
    if (tensor) return new Obstacle('Its numbers are of a type that restore-float does not read.');
    return dropForbiddenZeroPoint(node, scope);
  }
  const axis = getAttributeInt(node, 'axis') ?? 1;
  const blockSize = getAttributeInt(node, 'block_size') ?? 0;
  const floats = await scope.floatsOf(integers, { scale, zeroPoint, axis, blockSize }, output);
  if (floats instanceof Obstacle) return floats;
  scope.editor.replaceNode(node, floats === output ? [] : [createNode('Identity', '', [floats], [output])]);
  return {
    what: integers.kind === 'constant' ? 'Restored a weight to float32' : 'Removed a quantize and dequantize pair',
  };
};

/** ONNX Runtime refuses a zero point beside int32. */
function dropForbiddenZeroPoint(node: Node, scope: RestorationScope) {
  const [name = '', scale = '', zeroPoint = ''] = node.inputs;
  const isForbidden = zeroPoint !== '' && scope.constant(zeroPoint)?.dataType === DataType.int32;
  if (!isForbidden || !scope.isZero(zeroPoint))
    return new Obstacle('Its integers come from an input of the model, or from a node that stays as it is.');
  scope.editor.replaceNode(node, [{ ...node, inputs: [name, scale] }]);
  return { what: 'Removed an int32 zero point, which runtimes refuse' };
}

/** The node moves elements of its first input. */
const move: RestorationRule = (node, scope) => {
  const integers = scope.integers(node.inputs[0]);
  // Constants that are not quantized weights: shapes and indices.
  if (!integers || isPlainConstant(integers)) return undefined;
  follow(node, scope, new Map([[0, integers]]));
  return 'followed';
};

const concat: RestorationRule = (node, scope) => {
  const of = new Map<number, Integers>();
  for (const [index, name] of node.inputs.entries()) {
    const integers = scope.integers(name);
    if (!integers || isPlainConstant(integers)) return undefined;
    of.set(index, integers);
  }
  follow(node, scope, of);
  return 'followed';
};

/** int32 constants are biases, which no node moves, or lists of sizes. */
function isPlainConstant(integers: Integers): boolean {
  return integers.kind === 'constant' && integers.tensor.dataType === DataType.int32;
}

function follow(node: Node, scope: RestorationScope, of: ReadonlyMap<number, Integers>): void {
  node.outputs.forEach((name, output) => scope.setIntegers(name, { kind: 'moved', node, output, of, scope }));
}

/** The filler is an integer too, in most files that of 0. */
const pad: RestorationRule = async (node, scope) => {
  const integers = scope.integers(node.inputs[0]);
  const scaling = integers && scope.scalingOf(integers);
  if (!integers || !scaling) return undefined;
  const { scale, zeroPoint } = scaling;
  const [scaleTensor, filler] = [scope.constant(scale), scope.constant(node.inputs[2])];
  const zero = scope.constant(zeroPoint);
  if (!scaleTensor || (zeroPoint !== '' && !zero) || (node.inputs[2] && !filler)) return undefined;
  const codeOf = (tensor: Tensor | undefined): number =>
    tensor && holdsCodes(tensor) ? codeReader(tensor)(0, 1)[0]! : 0;
  const value = Math.fround((codeOf(filler) - codeOf(zero)) * readFloat32(scaleTensor)[0]!);
  const padded = await scope.floatsOf(integers, scaling);
  if (padded instanceof Obstacle) return padded;
  const [data = '', pads = '', , ...axes] = node.inputs;
  const fillerName = scope.editor.freshValueName(`${data}_filler`);
  scope.addConstant({ ...floatTensor([], Float32Array.of(value)), name: fillerName });
  const inputs = [padded, pads, fillerName, ...axes];
  const floats = scope.editor.freshValueName(`${node.outputs[0]!}_float`);
  scope.editor.append([{ ...node, inputs, outputs: [floats] }]);
  scope.setIntegers(node.outputs[0]!, { kind: 'values', scaling, floats: () => floats });
  return 'followed';
};

/** The order of integers is that of the floats. */
const compare: RestorationRule = async (node, scope) => {
  const integers = scope.integers(node.inputs[0]);
  const scaling = integers && scope.scalingOf(integers);
  const floats = integers && scaling && (await scope.floatsOf(integers, scaling));
  if (floats === undefined || floats instanceof Obstacle) return floats;
  scope.editor.replaceNode(node, [{ ...node, inputs: [floats, ...node.inputs.slice(1)] }]);
  return { what: 'Compares floats in place of integers' };
};

const movers = [
  ...rearrangingOperators,
  'GatherElements',
  'GatherND',
  'MaxPool',
  'DepthToSpace',
  'SpaceToDepth',
  'Resize',
];

/** Rules by operator, of both domains that have QuantizeLinear and DequantizeLinear. */
export const linearRules: ReadonlyMap<string, RestorationRule> = new Map<string, RestorationRule>([
  ['QuantizeLinear', quantize],
  ['DynamicQuantizeLinear', quantizeDynamically],
  ['DequantizeLinear', dequantize],
  ['Pad', pad],
  ['Concat', concat],
  ['ArgMax', compare],
  ['ArgMin', compare],
  ...movers.map((op) => [op, move] as const),
]);
