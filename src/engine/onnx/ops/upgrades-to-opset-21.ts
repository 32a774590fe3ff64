/**
 * Operators of the default domain whose meaning changed in opsets 14 to 21 (ONNX Operator Changelog). All others only
 * gained types, optional attributes or optional inputs, and stay unchanged.
 */
import { intAttribute, stringAttribute } from '../attributes';
import type { Node, Tensor } from '../graph';
import { bitsPerElement } from '../data-type';
import { createTensor, tensorBytes } from '../tensor';
import { getAttributeInt, getAttributeText } from '../traverse';
import {
  axesToInput,
  integerScalar,
  withoutAttributes,
  type OperatorUpgrades,
  type UpgradeContext,
} from './operator-upgrade';

const reductions = [
  ...['ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax'],
  ...['ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSumSquare'],
];

export const upgradesToOpset21: OperatorUpgrades = new Map([
  ['BatchNormalization', { since: 14n, convert: convertBatchNormalization }],
  ['DFT', { since: 20n, convert: convertFourier }],
  ['GridSample', { since: 20n, convert: convertGridSample }],
  ['GroupNormalization', { since: 21n, convert: convertGroupNormalization }],
  ['RoiAlign', { since: 16n, convert: convertRoiAlign }],
  ['Split', { since: 18n, convert: convertSplit }],
  ...reductions.map((name) => [name, { since: 18n, convert: axesToInput }] as const),
]);

/** In opsets up to 13 more outputs mean training; from 14 on an attribute does. */
function convertBatchNormalization(node: Node, context: UpgradeContext): Node | string {
  const others = node.outputs.slice(1);
  if (others.length === 0) return node;
  if (others.some((name) => name !== '' && context.isRead(name)))
    return 'is in training mode, and its extra results are used';
  const [output = ''] = node.outputs;
  const statistics = ['mean', 'variance'].map((what) => context.editor.freshValueName(`${output}_running_${what}`));
  return {
    ...node,
    outputs: [output, ...statistics],
    attributes: [...node.attributes, intAttribute('training_mode', 1)],
  };
}

/** Opset 16 counts the coordinates of regions from the middle of pixels unless told otherwise. */
function convertRoiAlign(node: Node): Node {
  const mode = stringAttribute('coordinate_transformation_mode', 'output_half_pixel');
  return { ...node, attributes: [...node.attributes, mode] };
}

/** Opset 18 needs the number of parts if their sizes are not given. */
function convertSplit(node: Node): Node {
  if (node.inputs[1]) return node;
  const count = intAttribute('num_outputs', node.outputs.length);
  return { ...node, inputs: node.inputs.slice(0, 1), attributes: [...node.attributes, count] };
}

/** Opset 20 turned `axis` into an input, and counts from the end if it is not given. */
function convertFourier(node: Node, context: UpgradeContext): Node {
  const axis = integerScalar(context, node, 'axis', getAttributeInt(node, 'axis') ?? 1);
  const [input = '', length = ''] = node.inputs;
  return { ...withoutAttributes(node, 'axis'), inputs: [input, length, axis] };
}

/** Opset 20 gave the interpolations other names. */
function convertGridSample(node: Node): Node {
  const mode = getAttributeText(node, 'mode') ?? 'bilinear';
  const renamed = mode === 'bilinear' ? 'linear' : mode === 'bicubic' ? 'cubic' : mode;
  return {
    ...node,
    attributes: [...withoutAttributes(node, 'mode').attributes, stringAttribute('mode', renamed)],
  };
}

/** Opset 21 has a scale and a bias for each channel; before, each group had one. */
function convertGroupNormalization(node: Node, context: UpgradeContext): Node | string {
  const [input = '', ...parameters] = node.inputs;
  const channels = context.shape(input)?.[1];
  const groups = getAttributeInt(node, 'num_groups') ?? 0;
  if (typeof channels !== 'number' || groups < 1 || channels % groups !== 0) return 'has an unknown number of channels';
  const names = parameters.map((name, index) => {
    const tensor = context.constant(name);
    return tensor && repeatEach(tensor, channels / groups, context, `${name || `parameter${index}`}_channels`);
  });
  if (names.includes(undefined)) return 'has a scale or bias that is computed at run time';
  return { ...node, inputs: [input, ...(names as string[])] };
}

/** Every element of a list so many times in a row. */
function repeatEach(tensor: Tensor, times: number, { editor }: UpgradeContext, base: string): string | undefined {
  const width = (bitsPerElement(tensor.dataType ?? 0) ?? 0) / 8;
  if (width < 1) return undefined;
  const bytes = tensorBytes(tensor);
  const repeated = new Uint8Array(bytes.byteLength * times);
  for (let at = 0; at < repeated.byteLength; at++) {
    const element = Math.floor(at / width / times);
    repeated[at] = bytes[element * width + (at % width)]!;
  }
  const name = editor.freshValueName(base);
  const dims = [repeated.byteLength / width];
  editor.addInitializer(createTensor({ name, dataType: tensor.dataType!, dims, bytes: repeated }));
  return name;
}
