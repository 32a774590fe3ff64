/**
 * Operators of the default domain whose meaning changed in opset 7 (ONNX Operator Changelog). Before, attributes
 * described the broadcast of the second operand, and marked inference or training. All others only gained types or
 * optional attributes, and stay unchanged.
 */
import { floatsAttribute, intsAttribute } from '../attributes';
import type { Node } from '../graph';
import { getAttributeFloat, getAttributeInt } from '../traverse';
import {
  withoutAttributes,
  type OperatorUpgrade,
  type OperatorUpgrades,
  type UpgradeContext,
} from './operator-upgrade';

const since = 7n;
const arithmetic = 'Add Sub Mul Div Pow And Or Xor Equal Greater Less'.split(' ');
const recurrent = 'GRU LSTM RNN'.split(' ');

export const upgradesToOpset7: OperatorUpgrades = new Map<string, OperatorUpgrade>([
  ...arithmetic.map((name) => [name, { since, convert: convertArithmetic }] as const),
  ...recurrent.map(
    (name) => [name, { since, convert: (node: Node) => withoutAttributes(node, 'output_sequence') }] as const,
  ),
  ['BatchNormalization', { since, convert: convertInferenceOnly }],
  ['Dropout', { since, convert: convertInferenceOnly }],
  ['Gemm', { since, convert: (node) => withoutAttributes(node, 'broadcast') }],
  ['PRelu', { since, convert: convertPRelu }],
  ['Upsample', { since, convert: convertUpsample }],
]);

/**
 * `axis` is the place of the second operand's first axis among those of the first. Without it, the axes end together.
 */
function convertArithmetic(node: Node, context: UpgradeContext): Node | readonly Node[] | string {
  const axis = getAttributeInt(node, 'axis');
  const plain = withoutAttributes(node, 'axis', 'broadcast');
  if (axis === undefined || getAttributeInt(node, 'broadcast') !== 1) return plain;
  const [first, second] = node.inputs.map((name) => context.shape(name)?.length);
  if (first === undefined || second === undefined) return 'is broadcast from an axis, over values of unknown rank';
  const start = axis < 0 ? axis + first : axis;
  const [left = '', right = ''] = node.inputs;
  return withMoreAxes({ ...plain, inputs: [left, right] }, first - start - second, second, context);
}

/** Adds axes of size 1 at the end of the second input. */
function withMoreAxes(node: Node, count: number, rank: number, { editor }: UpgradeContext): Node | readonly Node[] {
  if (count <= 0) return node;
  const [left = '', right = ''] = node.inputs;
  const spread = editor.freshValueName(`${right}_spread`);
  const unsqueeze: Node = {
    name: editor.freshNodeName(node.name ? `${node.name}_Unsqueeze` : ''),
    opType: 'Unsqueeze',
    inputs: [right],
    outputs: [spread],
    attributes: [
      intsAttribute(
        'axes',
        Array.from({ length: count }, (_, index) => rank + index),
      ),
    ],
  };
  return [unsqueeze, { ...node, inputs: [left, spread] }];
}

/** Refuses an operator without `is_test`, which trains: it draws numbers, or uses the statistics of the batch. */
function convertInferenceOnly(node: Node): Node | string {
  if ((getAttributeInt(node, 'is_test') ?? 0) === 0) return 'is in training mode (is_test is 0)';
  return withoutAttributes(node, 'is_test');
}

/** One slope for each channel, which is axis 1 of the input; since opset 7 slopes are broadcast as everything is. */
function convertPRelu(node: Node, context: UpgradeContext): Node | readonly Node[] | string {
  const [input, slope] = node.inputs.map((name) => context.shape(name));
  if (slope !== undefined && slope.every((size) => size === 1)) return node;
  if (input === undefined || slope === undefined) return 'has slopes for the channels of a value of unknown rank';
  return slope.length === 1 ? withMoreAxes(node, input.length - 2, 1, context) : node;
}

function convertUpsample(node: Node): Node | string {
  const [height, width] = ['height_scale', 'width_scale'].map((name) => getAttributeFloat(node, name));
  if (height === undefined || width === undefined) return 'has no scales';
  const { attributes } = withoutAttributes(node, 'height_scale', 'width_scale');
  return { ...node, attributes: [...attributes, floatsAttribute('scales', [1, 1, height, width])] };
}
