/**
 * Operators of the default domain whose meaning changed between opsets 7 and 11 (ONNX Operator Changelog). All others
 * of that time only gained types, optional attributes or negative axes, and stay as they are.
 */
import type { DataTypeCode } from '../data-type';
import { DataType } from '../data-type';
import type { GraphEditor } from '../edit-graph';
import { AttributeType, type Attribute, type Node, type ValueName } from '../graph';
import { float32ToFloat16 } from '../half-float';
import { createTensor } from '../tensor';
import { getAttributeFloat, getAttributeFloats, getAttributeInt, getAttributeInts } from '../traverse';

export interface UpgradeContext {
  readonly editor: GraphEditor;
  elementType(name: ValueName): DataTypeCode | undefined;
}

export interface OperatorUpgrade {
  /** The opset that brought the change. */
  readonly since: bigint;
  /** The node as the newer opset wants it, the same object if it is right already, or why it cannot be converted. */
  convert(node: Node, context: UpgradeContext): Node | string;
}

export const upgradesToOpset11: ReadonlyMap<string, OperatorUpgrade> = new Map([
  ['BatchNormalization', { since: 9n, convert: convertBatchNormalization }],
  ['Clip', { since: 11n, convert: convertClip }],
  ['Dropout', { since: 10n, convert: convertDropout }],
  ['Pad', { since: 11n, convert: convertPad }],
  ['Resize', { since: 11n, convert: convertResize }],
  ['Scan', { since: 9n, convert: () => 'has another form of inputs since opset 9' }],
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
function convertDropout(node: Node): Node | string {
  return node.outputs[1] ? 'returns a mask of floats, which is boolean since opset 10' : node;
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

/** Opset 10 replaced Upsample by Resize. Its scales were an attribute before opset 9. */
function convertUpsample(node: Node, context: UpgradeContext): Node | string {
  const attribute = getAttributeFloats(node, 'scales');
  const scales = node.inputs[1] || (attribute && floatListConstant(context, node, 'scales', attribute));
  if (!scales) return 'has no scales';
  return resizeNode(withoutAttributes(node, 'scales'), scales, context);
}

/** Opset 11 gave Resize the region of interest and named the coordinates that opset 10 meant. */
function convertResize(node: Node, context: UpgradeContext): Node {
  return resizeNode(node, node.inputs[1] ?? '', context);
}

function resizeNode(node: Node, scales: ValueName, context: UpgradeContext): Node {
  const attributes = [
    ...node.attributes,
    stringAttribute('coordinate_transformation_mode', 'asymmetric'),
    stringAttribute('nearest_mode', 'floor'),
  ];
  const region = floatListConstant(context, node, 'roi', []);
  return { ...node, opType: 'Resize', attributes, inputs: [node.inputs[0] ?? '', region, scales] };
}

function withoutAttributes(node: Node, ...names: readonly string[]): Node {
  const attributes = node.attributes.filter((attribute) => !names.includes(attribute.name ?? ''));
  return attributes.length === node.attributes.length ? node : { ...node, attributes };
}

function stringAttribute(name: string, value: string): Attribute {
  return { name, type: AttributeType.string, s: new TextEncoder().encode(value) };
}

function freshName({ editor }: UpgradeContext, node: Node, what: string): ValueName {
  return editor.freshValueName(`${node.name || node.outputs[0] || node.opType}_${what}`);
}

function integerConstant(context: UpgradeContext, node: Node, what: string, values: readonly number[]): ValueName {
  const name = freshName(context, node, what);
  const bytes = BigInt64Array.from(values, BigInt);
  context.editor.addInitializer(createTensor({ name, dataType: DataType.int64, dims: [values.length], bytes }));
  return name;
}

function floatListConstant(context: UpgradeContext, node: Node, what: string, values: readonly number[]): ValueName {
  const name = freshName(context, node, what);
  const bytes = Float32Array.from(values);
  context.editor.addInitializer(createTensor({ name, dataType: DataType.float32, dims: [values.length], bytes }));
  return name;
}

/** A scalar of the type of the node's input. */
function floatConstant(context: UpgradeContext, node: Node, what: string, value: number): ValueName {
  const name = freshName(context, node, what);
  const type = context.elementType(node.inputs[0] ?? '') ?? DataType.float32;
  const dataType = type === DataType.float16 || type === DataType.float64 ? type : DataType.float32;
  const single = Float32Array.of(value);
  const bytes =
    dataType === DataType.float16
      ? float32ToFloat16(single)
      : dataType === DataType.float64
        ? Float64Array.of(value)
        : single;
  context.editor.addInitializer(createTensor({ name, dataType, dims: [], bytes }));
  return name;
}
