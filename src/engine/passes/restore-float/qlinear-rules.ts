/** Rules for operators that read and compute integers of constant scales: QLinearConv, QGemm and similar ones. */
import { DataType } from '../../onnx/data-type';
import type { Attribute, Node, ValueName } from '../../onnx/graph';
import { createTensor, elementCount, readFloat32 } from '../../onnx/tensor';
import { getAttributeFloat, getAttributeInt, getAttributeInts } from '../../onnx/traverse';
import { createNode } from '../../onnx/create-node';
import { floatTensor, productOf } from './float-constants';
import { codeReader, dequantized } from './integer-codes';
import type { RestorationRule, RuleOutcome } from './restoration-rule';
import { computedScale, Obstacle, type RestorationScope } from './restoration-scope';

/** The inputs of an operator on integers, by their indices. */
interface QLinearForm {
  readonly float: string;
  /** First inputs of the triples of integers, scale and zero point, in the order of the inputs of the float operator. */
  readonly operands: readonly number[];
  /** Input of the scale of the output; its zero point follows. */
  readonly output: number;
  /** Axis of the scales of each operand that may have several. */
  readonly axes?: readonly (number | undefined)[];
  /** Input of the int32 bias, scaled by the scales of both operands. */
  readonly bias?: number;
  /** Inputs that are not integers, put in front. */
  readonly before?: readonly number[];
  /** Its outputs are not negative if its operands are not. */
  readonly keepsSign?: boolean;
}

const unary = (float: string): QLinearForm => ({ float, operands: [0], output: 3 });
const unsigned = (float: string): QLinearForm => ({ ...unary(float), keepsSign: true });
const binary = (float: string): QLinearForm => ({ float, operands: [0, 3], output: 6 });

const forms: Readonly<Record<string, QLinearForm>> = {
  QLinearConv: { float: 'Conv', operands: [0, 3], axes: [undefined, 0], output: 6, bias: 8 },
  QLinearMatMul: { float: 'MatMul', operands: [0, 3], axes: [undefined, -1], output: 6 },
  QLinearAdd: binary('Add'),
  QLinearMul: binary('Mul'),
  QLinearSigmoid: unsigned('Sigmoid'),
  QLinearLeakyRelu: unary('LeakyRelu'),
  QLinearSoftmax: unsigned('Softmax'),
  QLinearAveragePool: unsigned('AveragePool'),
  QLinearGlobalAveragePool: unsigned('GlobalAveragePool'),
  QLinearReduceMean: unsigned('ReduceMean'),
  QLinearWhere: { float: 'Where', operands: [1, 4], output: 7, before: [0] },
  QGemm: { float: 'Gemm', operands: [0, 3], axes: [undefined, undefined], output: 7, bias: 6 },
};

/** Attributes of the integer operators that the float ones do not have. */
const ownAttributes: ReadonlySet<string | undefined> = new Set(['channels_last', 'opset']);

async function restoreNode(node: Node, form: QLinearForm, scope: RestorationScope): Promise<RuleOutcome> {
  if ((getAttributeInt(node, 'channels_last') ?? 0) !== 0)
    return new Obstacle('Its channels are last (channels_last).');
  const inputs: ValueName[] = (form.before ?? []).map((index) => node.inputs[index] ?? '');
  for (const [place, index] of form.operands.entries()) {
    const floats = await operand(node, index, axisOf(node, form, place), scope);
    if (floats instanceof Obstacle) return floats;
    inputs.push(floats);
  }
  const bias = node.inputs[form.bias ?? -1];
  if (bias) {
    const restored = await restoreBias(node, bias, form, scope);
    if (restored instanceof Obstacle) return restored;
    inputs.push(restored);
  }
  return writeNode(node, form, inputs, scope);
}

function axisOf(node: Node, { float, axes }: QLinearForm, place: number): number {
  if (float === 'Gemm') return place === 1 && getAttributeInt(node, 'transB') === 1 ? 0 : 1;
  return axes?.[place] ?? 1;
}

async function operand(
  node: Node,
  index: number,
  axis: number,
  scope: RestorationScope,
): Promise<ValueName | Obstacle> {
  const integers = scope.integers(node.inputs[index]);
  if (!integers) return new Obstacle('It reads integers of unknown origin.');
  return scope.floatsOf(integers, {
    scale: node.inputs[index + 1] ?? '',
    zeroPoint: node.inputs[index + 2] ?? '',
    axis,
  });
}

/** int32 × the product of both scales, and of alpha for a QGemm. */
async function restoreBias(
  node: Node,
  name: ValueName,
  { operands, float }: QLinearForm,
  scope: RestorationScope,
): Promise<ValueName | Obstacle> {
  const tensor = scope.constant(name);
  const scales = operands.map((index) => scope.constant(node.inputs[index + 1]));
  if (!tensor || !scales[0] || !scales[1]) return computedScale;
  const alpha = float === 'Gemm' ? (getAttributeFloat(node, 'alpha') ?? 1) : 1;
  const both = productOf(scales[0], scales[1]);
  const scale = both && productOf(both, floatTensor([], Float32Array.of(alpha)));
  if (!scale) return new Obstacle('The scales of its operands do not fit each other.');
  const [numbers, channels] = [readFloat32(scale), elementCount(tensor)];
  const key = `bias ${numbers.join(' ')}`;
  const read = codeReader(tensor);
  const restored = {
    dims: tensor.dims.map(Number),
    between: (from: number, to: number) =>
      Float32Array.from(read(from, to), (code, at) =>
        dequantized(code, 0, numbers[numbers.length === 1 ? 0 : (from + at) % channels]!),
      ),
  };
  return scope.definer(name)!.addWeight({ tensor, key, base: name, numbers: restored });
}

function writeNode(node: Node, form: QLinearForm, inputs: readonly ValueName[], scope: RestorationScope): RuleOutcome {
  const [output = ''] = node.outputs;
  const scaling = { scale: node.inputs[form.output] ?? '', zeroPoint: node.inputs[form.output + 1] ?? '' };
  // A QGemm without a scale of its output computes floats.
  const isFloat = scaling.scale === '';
  const floats = isFloat ? output : scope.editor.freshValueName(`${output}_float`);
  const written = floatNode(node, form, inputs, floats, scope);
  if (written instanceof Obstacle) return written;
  if (isFloat) {
    scope.editor.replaceNode(node, [written]);
  } else {
    if (!scope.constant(scaling.scale)) return computedScale;
    scope.editor.append([written]);
    scope.setIntegers(output, scope.quantizedValues(floats, scaling, !keepsSign(node, form, scope)));
  }
  return { what: `Restored ${form.float}` };
}

/** True if the output cannot be negative. */
function keepsSign(node: Node, form: QLinearForm, scope: RestorationScope): boolean {
  if (form.float === 'Sigmoid' || form.float === 'Softmax') return true;
  const isSum = form.float === 'Add' || form.float === 'Mul' || form.keepsSign === true;
  return isSum && form.operands.every((index) => scope.keepsOutNegatives(node.inputs[index + 2] ?? ''));
}

function floatNode(
  node: Node,
  { float }: QLinearForm,
  inputs: readonly ValueName[],
  output: ValueName,
  scope: RestorationScope,
): Node | Obstacle {
  const attributes = node.attributes.filter(({ name }) => !ownAttributes.has(name));
  const written = (list: readonly Attribute[], names = inputs): Node => ({
    ...createNode(float, node.name ?? '', names, [output]),
    attributes: list,
  });
  const { opset } = scope.shared;
  if (float === 'Softmax' && opset >= 13 !== (getAttributeInt(node, 'opset') ?? opset) >= 13) {
    return new Obstacle('Its Softmax is that of another operator set.');
  }
  if (float === 'ReduceMean' && opset >= 18) {
    const axes = getAttributeInts(node, 'axes') ?? [];
    const rest = attributes.filter(({ name }) => name !== 'axes');
    if (axes.length === 0) return written(rest);
    const name = scope.editor.freshValueName(`${output}_axes`);
    const bytes = BigInt64Array.from(axes.map(BigInt));
    scope.addConstant(createTensor({ name, dataType: DataType.int64, dims: [axes.length], bytes }));
    return written(rest, [...inputs, name]);
  }
  return written(attributes);
}

/** The output's scale and zero point, then three inputs for each tensor. */
const restoreConcat: RestorationRule = async (node, scope) => {
  const inputs: ValueName[] = [];
  for (let index = 2; index < node.inputs.length; index += 3) {
    const floats = await operand(node, index, 1, scope);
    if (floats instanceof Obstacle) return floats;
    inputs.push(floats);
  }
  const indices = Array.from({ length: inputs.length }, (_, at) => 2 + 3 * at);
  return writeNode(node, { float: 'Concat', operands: indices, output: 0, keepsSign: true }, inputs, scope);
};

export const qlinearRules: ReadonlyMap<string, RestorationRule> = new Map<string, RestorationRule>([
  ...Object.entries(forms).map(
    ([op, form]) => [op, (node: Node, scope: RestorationScope) => restoreNode(node, form, scope)] as const,
  ),
  ['QLinearConcat', restoreConcat],
]);
