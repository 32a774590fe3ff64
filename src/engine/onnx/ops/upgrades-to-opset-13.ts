/**
 * Operators of the default domain whose meaning changed in opsets 12 and 13 (ONNX Operator Changelog). All others only
 * gained types, optional attributes or optional inputs, and stay unchanged.
 */
import { intAttribute } from '../attributes';
import { isFloatDataType } from '../data-type';
import type { Node } from '../graph';
import { elementCount } from '../tensor';
import { getAttributeFloat, getAttributeInt, getAttributeInts, getAttributeText } from '../traverse';
import { axisFromFront, type SymbolicShape } from './operator';
import {
  axesToInput,
  floatConstant,
  integerConstant,
  withoutAttributes,
  type OperatorUpgrades,
  type UpgradeContext,
} from './operator-upgrade';

export const upgradesToOpset13: OperatorUpgrades = new Map([
  ['Dropout', { since: 12n, convert: convertDropout }],
  ['Erf', { since: 13n, convert: convertErf }],
  ['Hardmax', { since: 13n, convert: convertSoftmax }],
  ['LogSoftmax', { since: 13n, convert: convertSoftmax }],
  ['ReduceSum', { since: 13n, convert: axesToInput }],
  ['Resize', { since: 13n, convert: convertResize }],
  ['Softmax', { since: 13n, convert: convertSoftmax }],
  ['Split', { since: 13n, convert: convertSplit }],
  ['Squeeze', { since: 13n, convert: axesToInput }],
  ['Unsqueeze', { since: 13n, convert: axesToInput }],
]);

/** Opset 12 turned `ratio` into an input. Its mask marks the kept elements; ONNX Runtime marked the others before. */
function convertDropout(node: Node, context: UpgradeContext): Node | string {
  const mask = node.outputs[1];
  if (mask && context.isRead(mask)) return 'returns a mask, which has another meaning since opset 12';
  const ratio = getAttributeFloat(node, 'ratio');
  const inputs = [node.inputs[0] ?? '', ...(ratio === undefined ? [] : [floatConstant(context, node, 'ratio', ratio)])];
  return { ...withoutAttributes(node, 'ratio'), inputs, outputs: node.outputs.slice(0, 1) };
}

/** Opset 13 took the integers away. */
function convertErf(node: Node, context: UpgradeContext): Node | string {
  const type = context.elementType(node.inputs[0] ?? '');
  return type === undefined || isFloatDataType(type) ? node : 'computes with integers, which opset 13 removed';
}

/**
 * In opsets before 13 all axes from `axis` on count as one; from 13 on only `axis` counts. If the others have size 1, only the axis number
 * changes. Otherwise the operator runs on a matrix.
 */
function convertSoftmax(node: Node, context: UpgradeContext): Node | readonly Node[] {
  const [input = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const axis = getAttributeInt(node, 'axis') ?? 1;
  const single = singleAxis(context.shape(input), axis);
  if (single !== undefined) return withAxis(node, single);
  const names = ['flat', 'result', 'shape'].map((what) => context.editor.freshValueName(`${output}_${what}`));
  const [flat, result, shape] = names as [string, string, string];
  const part = (opType: string, inputs: readonly string[], outputs: readonly string[]): Node => ({
    name: context.editor.freshNodeName(node.name ? `${node.name}_${opType}` : ''),
    opType,
    inputs,
    outputs,
    attributes: [],
  });
  return [
    part('Shape', [input], [shape]),
    withAxis(part('Flatten', [input], [flat]), axis),
    { ...withAxis(node, -1), inputs: [flat], outputs: [result] },
    part('Reshape', [result, shape], [output]),
  ];
}

/** The only axis from `axis` on that may have more than one element; `undefined` when there are more, or nobody knows. */
function singleAxis(shape: SymbolicShape | undefined, axis: number): number | undefined {
  if (shape === undefined) return axis === -1 ? axis : undefined;
  const first = axisFromFront(axis, shape.length);
  if (first === undefined) return undefined;
  const open = shape.flatMap((size, index) => (index >= first && size !== 1 ? [index] : []));
  return open.length > 1 ? undefined : (open[0] ?? first);
}

function withAxis(node: Node, axis: number): Node {
  return { ...node, attributes: [...withoutAttributes(node, 'axis').attributes, intAttribute('axis', axis)] };
}

/** Opset 13 removed one way to count coordinates, and takes scales or sizes, not both. */
function convertResize(node: Node, context: UpgradeContext): Node | string {
  const mode = getAttributeText(node, 'coordinate_transformation_mode');
  if (mode === 'tf_half_pixel_for_nn') return 'uses the coordinate mode tf_half_pixel_for_nn, which opset 13 removed';
  const [input = '', region = '', scales = '', sizes] = node.inputs;
  const tensor = context.constant(scales);
  if (!sizes || tensor === undefined || elementCount(tensor) > 0) return node;
  return { ...node, inputs: [input, region, '', sizes] };
}

/** Opset 13 turned `split` into an input. */
function convertSplit(node: Node, context: UpgradeContext): Node {
  const split = getAttributeInts(node, 'split');
  if (split === undefined) return node;
  const inputs = [node.inputs[0] ?? '', integerConstant(context, node, 'split', split)];
  return { ...withoutAttributes(node, 'split'), inputs };
}
