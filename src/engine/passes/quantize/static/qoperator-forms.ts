/**
 * Rewrites nodes as operators that read and compute integers, operator by operator. Names and inputs follow ONNX
 * Runtime's `quantize_static` with `QuantFormat.QOperator` (onnxruntime/quantization/operators, 1.32).
 */
import { intAttribute } from '../../../onnx/attributes';
import type { Attribute, Node, ValueName } from '../../../onnx/graph';
import { MICROSOFT_DOMAIN } from '../../../onnx/traverse';

/** The names of the integers of a value, and of their scale and zero point. */
export type QuantizedValue = readonly [integers: ValueName, scale: ValueName, zeroPoint: ValueName];

/** The operands that a form may request. Values that are still float are quantized before the node. `undefined` if they cannot be. */
export interface QuantizedOperands {
  readonly opset: number;
  input(index: number): QuantizedValue | undefined;
  /** Returns the quantized value only if the integers exist already. */
  present(index: number): QuantizedValue | undefined;
  isConstant(index: number): boolean;
  /** int32, in units of the input's scale times the weight's. */
  bias(): ValueName | undefined;
  /** Scale and zero point of the node's output, by its first output. */
  output(): readonly [scale: ValueName, zeroPoint: ValueName] | undefined;
  /** Zero to one in 256 steps. */
  shareOutput(): readonly [scale: ValueName, zeroPoint: ValueName];
  /** A constant in units of a value that is quantized. */
  inUnitsOf(index: number, value: QuantizedValue): ValueName | undefined;
}

export interface QOperatorForm {
  readonly node: Node;
  /** Scale and zero point of the outputs. */
  readonly scaling: readonly [scale: ValueName, zeroPoint: ValueName];
}

type FormRule = (node: Node, operands: QuantizedOperands) => QOperatorForm | undefined;

const ownOutput = (name: ValueName): ValueName => `${name}_quantized`;

/** A new operator in the place of the node. */
function operatorOf(
  node: Node,
  opType: string,
  inputs: readonly ValueName[],
  more: { readonly domain?: string; readonly attributes?: readonly Attribute[] } = {},
): Node {
  const { name } = node;
  return {
    opType,
    ...(more.domain && { domain: more.domain }),
    ...(name && { name: `${name}_quant` }),
    inputs,
    outputs: node.outputs.slice(0, 1).map(ownOutput),
    attributes: more.attributes ?? node.attributes,
  };
}

const microsoft = { domain: MICROSOFT_DOMAIN } as const;

const conv: FormRule = (node, operands) => {
  const [data, weight, scaling] = [operands.input(0), operands.input(1), operands.output()];
  const bias = node.inputs[2] ? operands.bias() : undefined;
  if (!data || !weight || !scaling || (node.inputs[2] && bias === undefined)) return undefined;
  const inputs = [...data, ...weight, ...scaling, ...(bias === undefined ? [] : [bias])];
  return { node: operatorOf(node, 'QLinearConv', inputs), scaling };
};

const gemm: FormRule = (node, operands) => {
  const [data, weight, scaling] = [operands.input(0), operands.input(1), operands.output()];
  const bias = node.inputs[2] ? operands.bias() : '';
  const alpha = node.attributes.find(({ name }) => name === 'alpha')?.f ?? 1;
  if (!data || !weight || !scaling || bias === undefined || (alpha !== 1 && bias !== '')) return undefined;
  const attributes = node.attributes.filter(({ name }) => name !== 'beta');
  return {
    node: operatorOf(node, 'QGemm', [...data, ...weight, bias, ...scaling], { ...microsoft, attributes }),
    scaling,
  };
};

const matMul: FormRule = (node, operands) => {
  const [left, right, scaling] = [operands.input(0), operands.input(1), operands.output()];
  if (!left || !right || !scaling) return undefined;
  return { node: operatorOf(node, 'QLinearMatMul', [...left, ...right, ...scaling], { attributes: [] }), scaling };
};

/** The form of a node with `count` inputs and its own output range. */
const linear =
  (count: number): FormRule =>
  (node, operands) => {
    const inputs = Array.from({ length: count }, (_, index) => operands.input(index));
    const scaling = operands.output();
    if (!scaling || inputs.includes(undefined)) return undefined;
    return {
      node: operatorOf(node, `QLinear${node.opType}`, [...inputs.flatMap((input) => input!), ...scaling], microsoft),
      scaling,
    };
  };

const globalAveragePool: FormRule = (node, operands) => {
  const data = operands.present(0);
  const scaling = operands.output();
  if (!data || !scaling) return undefined;
  const attributes = [...node.attributes, intAttribute('channels_last', 0)];
  return {
    node: operatorOf(node, 'QLinearGlobalAveragePool', [...data, ...scaling], { ...microsoft, attributes }),
    scaling,
  };
};

const softmax: FormRule = (node, operands) => {
  const data = operands.input(0);
  if (!data) return undefined;
  const scaling = operands.shareOutput();
  const attributes = [...node.attributes, intAttribute('opset', operands.opset)];
  return { node: operatorOf(node, 'QLinearSoftmax', [...data, ...scaling], { ...microsoft, attributes }), scaling };
};

const concat: FormRule = (node, operands) => {
  const inputs = node.inputs.map((_, index) => operands.input(index));
  const scaling = operands.output();
  if (!scaling || inputs.includes(undefined)) return undefined;
  return {
    node: operatorOf(node, 'QLinearConcat', [...scaling, ...inputs.flatMap((input) => input!)], microsoft),
    scaling,
  };
};

/** Moves integers as it moved floats. */
function moved(node: Node, [integers, scale, zeroPoint]: QuantizedValue): QOperatorForm {
  const [, ...rest] = node.inputs;
  return {
    node: { ...node, inputs: [integers, ...rest], outputs: node.outputs.map(ownOutput) },
    scaling: [scale, zeroPoint],
  };
}

const moves: FormRule = (node, operands) => {
  const data = operands.present(0);
  return data && moved(node, data);
};

const gather: FormRule = (node, operands) => {
  const data = operands.isConstant(0) ? operands.input(0) : undefined;
  return data && moved(node, data);
};

const split: FormRule = (node, operands) => {
  const data = operands.input(0);
  if (!data) return undefined;
  const { name, outputs } = node;
  const renamed = { ...moved(node, data).node, ...(name && { name: `${name}_quant` }) };
  return { node: { ...renamed, outputs: outputs.map((output) => `${output}quantized`) }, scaling: [data[1], data[2]] };
};

/** The padding is zero, or a constant in the same units. */
const pad: FormRule = (node, operands) => {
  const data = operands.present(0);
  if (!data) return undefined;
  const { node: changed, scaling } = moved(node, data);
  const isConstant = (node.attributes.find(({ name }) => name === 'mode')?.s ?? new Uint8Array(0)).length === 0;
  if (!isConstant) return { node: changed, scaling };
  const value = node.inputs[2] ? operands.inUnitsOf(2, data) : data[2];
  if (value === undefined) return undefined;
  const [first = '', pads = '', , ...axes] = changed.inputs;
  return { node: { ...changed, inputs: [first, pads, value, ...axes] }, scaling };
};

/** The forms by operator. Nodes of other operators compute floats. */
export const qoperatorForms: ReadonlyMap<string, FormRule> = new Map([
  ['Conv', conv],
  ['Gemm', gemm],
  ['MatMul', matMul],
  ['Add', linear(2)],
  ['Mul', linear(2)],
  ['LeakyRelu', linear(1)],
  ['Sigmoid', linear(1)],
  ['AveragePool', linear(1)],
  ['GlobalAveragePool', globalAveragePool],
  ['Softmax', softmax],
  ['Concat', concat],
  ['Gather', gather],
  ['Split', split],
  ['Pad', pad],
  ...['MaxPool', 'Reshape', 'Resize', 'Squeeze', 'Unsqueeze', 'Transpose', 'Flatten'].map((op) => [op, moves] as const),
]);
