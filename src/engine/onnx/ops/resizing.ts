/** Operators that make a picture, or any tensor, larger or smaller. */
import { addSizes, floorDivideSizes, floorScaleSize, multiplySizes, type Size } from '../size';
import { couplePad, coupleResize } from './coupling/selecting';
import { fixedShape } from './content';
import { typeOfInput } from './element-type-rules';
import {
  axesFromFront,
  axisFromFront,
  unknownSizes,
  type NodeFacts,
  type ShapeRule,
  type SymbolicShape,
} from './operator';
import { alike, type OperatorFamily } from './operator-record';
import { oncePerOutput } from './work-rules';

const pad: ShapeRule = (facts) => {
  const input = facts.shape(0);
  if (input === undefined) return [];
  const pads = facts.content(1) ?? facts.ints('pads') ?? facts.ints('paddings');
  if (pads === undefined) return [unknownSizes(input.length)];
  const axes = facts.has(3) ? facts.numbers(3) : input.map((_, axis) => axis);
  if (axes === undefined) return [unknownSizes(input.length)];
  const sizes: Size[] = [...input];
  axes.forEach((given, index) => {
    const axis = axisFromFront(given, input.length);
    if (axis === undefined) return;
    const around = addSizes(pads[index] ?? null, pads[index + axes.length] ?? null);
    sizes[axis] = addSizes(sizes[axis]!, around);
  });
  return [sizes];
};

const centerCropPad: ShapeRule = (facts) => {
  const input = facts.shape(0);
  if (input === undefined) return [];
  const target = facts.content(1);
  const axes = facts.ints('axes') ?? input.map((_, axis) => axis);
  const sizes: Size[] = [...input];
  axes.forEach((given, index) => {
    const axis = axisFromFront(given, input.length);
    if (axis !== undefined) sizes[axis] = target?.[index] ?? null;
  });
  return [sizes];
};

/** Scales are floats: a symbolic size times a fraction is a new symbol. */
const resize: ShapeRule = (facts) => {
  const input = facts.shape(0);
  if (input === undefined) return [];
  const isUpsample = facts.node.opType === 'Upsample' || facts.opset < 11;
  const sizes = isUpsample ? undefined : knownList(facts, 3);
  const scales = knownList(facts, isUpsample ? 1 : 2) ?? facts.floats('scales');
  const axes = facts.ints('axes') ?? input.map((_, axis) => axis);
  const result: Size[] = [...input];
  axes.forEach((given, index) => {
    const axis = axisFromFront(given, input.length);
    if (axis === undefined) return;
    result[axis] = sizes === undefined ? scaledSize(input[axis]!, scales?.[index] ?? null) : (sizes[index] ?? null);
  });
  return [keepsRatio(facts) ? sizesInRatio(facts, input, axes, sizes) : result];
};

/** One scale for all axes: the smallest or the largest that the wanted sizes ask for, in the arithmetic of ONNX Runtime. */
function sizesInRatio(
  facts: NodeFacts,
  input: SymbolicShape,
  axes: readonly number[],
  wanted: SymbolicShape | undefined,
): SymbolicShape | undefined {
  const indices = axesFromFront(axes, input.length);
  const [before, after] = [fixedShape(indices?.map((axis) => input[axis]!)), fixedShape(wanted)];
  if (before === undefined || after === undefined || before.length !== after.length) return unknownSizes(input.length);
  const scales = before.map((size, index) => Math.fround(after[index]! / size));
  const isNotLarger = facts.string('keep_aspect_ratio_policy') === 'not_larger';
  const scale = isNotLarger ? Math.min(...scales) : Math.max(...scales);
  const sizes: Size[] = [...input];
  indices!.forEach((axis, index) => {
    sizes[axis] = Math.round(Math.fround(scale * before[index]!));
  });
  return sizes;
}

/** The inputs that are not used may be there and empty. */
function knownList(facts: NodeFacts, input: number): SymbolicShape | undefined {
  const content = facts.has(input) ? facts.content(input) : undefined;
  return content?.length === 0 ? undefined : content;
}

/** True for a policy by which both sizes follow from the smaller or the larger one. */
function keepsRatio(facts: NodeFacts): boolean {
  const policy = facts.string('keep_aspect_ratio_policy');
  return policy !== undefined && policy !== 'stretch' && facts.has(3);
}

function scaledSize(size: Size, scale: Size): Size {
  if (typeof scale !== 'number') return null;
  // ONNX Runtime multiplies in float32.
  return typeof size === 'number' ? Math.floor(Math.fround(size * Math.fround(scale))) : floorScaleSize(size, scale);
}

/** One axis of a Resize: its size before and after, and the scale as given, or else the ratio of both. */
export interface ResizedAxis {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
}

/**
 * The place in the input of a position of the output, in float32 as ONNX Runtime computes it (ONNX, Resize). `undefined` for other modes.
 */
export function resizedPlace(transformation: string, at: number, { from, to, scale }: ResizedAxis): number | undefined {
  const { fround } = Math;
  const centered = fround(fround((at + 0.5) / scale) - 0.5);
  switch (transformation) {
    case 'asymmetric':
      return fround(at / scale);
    case 'align_corners':
      return to === 1 ? 0 : fround(fround(at * (from - 1)) / (to - 1));
    case 'pytorch_half_pixel':
      return to > 1 ? centered : 0;
    case 'half_pixel':
      return centered;
    case 'half_pixel_symmetric':
      // The output may be cut to a whole size: both sides lose the same.
      return fround((from / 2) * (1 - to / (scale * from)) + centered);
    default:
      return undefined;
  }
}

/** ONNX Runtime takes a place this near to the middle of two positions as the middle. */
const middle = 0.5 + 1e-6;

/** The position that stands for a place (`nearest_mode`). */
export function nearestPosition(rounding: string, place: number): number {
  switch (rounding) {
    case 'floor':
      return Math.floor(place);
    case 'ceil':
      return Math.ceil(place);
    case 'round_prefer_ceil':
      return Math.floor(place + middle);
    default:
      return Math.ceil(place - middle);
  }
}

const col2Im: ShapeRule = (facts) => {
  const [input, image, block] = [facts.shape(0), facts.content(1), facts.content(2)];
  if (input === undefined || image === undefined) return [];
  const blockSize = block?.reduce<Size>(multiplySizes, 1) ?? null;
  return [[input[0] ?? null, floorDivideSizes(input[1] ?? null, blockSize), ...image]];
};

/** The elements keep their type. */
const keepsType = { elementTypes: typeOfInput(0) };

export const resizing: OperatorFamily = {
  Pad: { shapes: pad, ...keepsType, coupling: couplePad },
  CenterCropPad: { shapes: centerCropPad, ...keepsType },
  ...alike('Resize Upsample', { shapes: resize, ...keepsType, work: oncePerOutput, coupling: coupleResize }),
  Col2Im: { shapes: col2Im, ...keepsType },
};

export const microsoftResizing: OperatorFamily = { Pad: resizing.Pad! };
