/**
 * Operators of the default domain whose meaning changed between opsets 7 and 11 (ONNX Operator Changelog). All others
 * of that time only gained types, optional attributes or negative axes, and stay as they are.
 */
import { stringAttribute } from '../attributes';
import type { Node, ValueName } from '../graph';
import {
  floatConstant,
  floatListConstant,
  integerConstant,
  withoutAttributes,
  type OperatorUpgrades,
  type UpgradeContext,
} from './operator-upgrade';
import {
  getAttributeFloat,
  getAttributeFloats,
  getAttributeInt,
  getAttributeInts,
  getAttributeText,
} from '../traverse';

/** Operators that were never more than an attempt. */
const removed = (
  'Affine ATen ConstantFill Crop DynamicSlice GRUUnit GivenTensorFill ImageScaler LoopIndexTensor ParametricSoftplus ' +
  'Scale ScaledTanh'
).split(' ');

export const upgradesToOpset11: OperatorUpgrades = new Map([
  ['BatchNormalization', { since: 9n, convert: convertBatchNormalization }],
  ...removed.map((name) => [name, { since: 10n, convert: () => 'was experimental and ended with opset 10' }] as const),
  ['Clip', { since: 11n, convert: convertClip }],
  ['Dropout', { since: 10n, convert: convertDropout }],
  ['Pad', { since: 11n, convert: convertPad }],
  ['Resize', { since: 11n, convert: convertResize }],
  ['Scan', { since: 9n, convert: () => 'has other inputs since opset 9' }],
  ['Scatter', { since: 11n, convert: (node) => ({ ...node, opType: 'ScatterElements' }) }],
  ['Slice', { since: 10n, convert: convertSlice }],
  ['TopK', { since: 10n, convert: convertTopK }],
  ['Upsample', { since: 10n, convert: convertUpsample }],
]);

/** Opset 9 removed `spatial`; its other value, 0, has no successor. */
function convertBatchNormalization(node: Node): Node | string {
  if ((getAttributeInt(node, 'spatial') ?? 1) === 0) return 'normalizes each position by itself (spatial is 0)';
  return withoutAttributes(node, 'spatial');
}

/** Opset 11 turned the attributes `min` and `max` into inputs. */
function convertClip(node: Node, context: UpgradeContext): Node | string {
  const minimum = getAttributeFloat(node, 'min');
  const maximum = getAttributeFloat(node, 'max');
  if (minimum === undefined && maximum === undefined) return node;
  const [input = ''] = node.inputs;
  const inputs = [
    input,
    minimum === undefined ? '' : floatConstant(context, node, 'min', minimum),
    ...(maximum === undefined ? [] : [floatConstant(context, node, 'max', maximum)]),
  ];
  if (inputs[inputs.length - 1] === '') inputs.pop();
  return { ...withoutAttributes(node, 'min', 'max'), inputs };
}

/** Opset 10 made the mask boolean: only a node that nobody asks for the mask stays the same. */
function convertDropout(node: Node, context: UpgradeContext): Node | string {
  if (!node.outputs[1]) return node;
  if (context.isRead(node.outputs[1])) return 'returns a float mask, which is boolean since opset 10';
  return { ...node, outputs: node.outputs.slice(0, 1) };
}

/** Opset 11 turned `pads` and `value` into inputs. */
function convertPad(node: Node, context: UpgradeContext): Node {
  const pads = integerConstant(context, node, 'pads', getAttributeInts(node, 'pads') ?? []);
  const value = getAttributeFloat(node, 'value') ?? 0;
  const inputs = [node.inputs[0] ?? '', pads, ...(value === 0 ? [] : [floatConstant(context, node, 'value', value)])];
  return { ...withoutAttributes(node, 'pads', 'value'), inputs };
}

/** Opset 10 turned `starts`, `ends` and `axes` into inputs. */
function convertSlice(node: Node, context: UpgradeContext): Node {
  const starts = getAttributeInts(node, 'starts') ?? [];
  const ends = getAttributeInts(node, 'ends') ?? [];
  const axes = getAttributeInts(node, 'axes') ?? starts.map((_, axis) => axis);
  const inputs = [
    node.inputs[0] ?? '',
    integerConstant(context, node, 'starts', starts),
    integerConstant(context, node, 'ends', ends),
    integerConstant(context, node, 'axes', axes),
  ];
  return { ...withoutAttributes(node, 'starts', 'ends', 'axes'), inputs };
}

/** Opset 10 turned `k` into an input. */
function convertTopK(node: Node, context: UpgradeContext): Node | string {
  const k = getAttributeInt(node, 'k');
  if (k === undefined) return 'has no attribute k';
  return { ...withoutAttributes(node, 'k'), inputs: [node.inputs[0] ?? '', integerConstant(context, node, 'k', [k])] };
}

/** Opset 10 replaced Upsample by Resize. Its scales, none below 1, were an attribute before opset 9. */
function convertUpsample(node: Node, context: UpgradeContext): Node | string {
  const attribute = getAttributeFloats(node, 'scales');
  const scales = node.inputs[1] || (attribute && floatListConstant(context, node, 'scales', attribute));
  if (!scales) return 'has no scales';
  return resizeNode(withoutAttributes(node, 'scales'), scales, 'floor', context);
}

/**
 * Opset 11 gave Resize the region of interest and named the coordinates that opset 10 meant. If an axis grew, the
 * nearest element was the one before. If it shrank, it was the one after (test_resize_downsample_scales_nearest of ONNX
 * 1.5).
 */
function convertResize(node: Node, context: UpgradeContext): Node | string {
  const scales = node.inputs[1] ?? '';
  if ((getAttributeText(node, 'mode') ?? 'nearest') !== 'nearest') return resizeNode(node, scales, 'floor', context);
  const known = context.content(scales);
  const grows = known?.every((scale) => typeof scale === 'number' && scale >= 1);
  const shrinks = known?.every((scale) => typeof scale === 'number' && scale <= 1);
  if (!grows && !shrinks) return 'uses the nearest element, with scales that are unknown or both above and below 1';
  return resizeNode(node, scales, grows ? 'floor' : 'ceil', context);
}

function resizeNode(node: Node, scales: ValueName, rounding: 'floor' | 'ceil', context: UpgradeContext): Node {
  const attributes = [
    ...node.attributes,
    stringAttribute('coordinate_transformation_mode', 'asymmetric'),
    stringAttribute('nearest_mode', rounding),
  ];
  const region = floatListConstant(context, node, 'roi', []);
  return { ...node, opType: 'Resize', attributes, inputs: [node.inputs[0] ?? '', region, scales] };
}
