/** Convolution and pooling: windows that slide over the spatial axes of [N, C, D1, D2, …]. */
import {
  addSizes,
  ceilDivideSizes,
  floorDivideSizes,
  multiplySizes,
  productOfSizes,
  subtractSizes,
  type Size,
} from '../size';
import { DataType } from '../data-type';
import {
  coupleConvolution,
  coupleMaxPooling,
  couplePooling,
  coupleTransposedConvolution,
} from './coupling/convolution';
import { typeOfInput, typeOfInputThen, typesAlways } from './element-type-rules';
import { NodeFacts, type MacsRule, type ShapeRule, type SymbolicShape } from './operator';
import { alike, type OperatorFamily, type OperatorRecord, type WeightOperand } from './operator-record';
import { oncePerInput } from './work-rules';

interface Window {
  readonly kernel: Size;
  readonly stride: number;
  readonly dilation: number;
  readonly padBefore: number;
  readonly padAfter: number;
  readonly autoPad: string;
  readonly ceil: boolean;
}

function windowOf(facts: NodeFacts, axis: number, rank: number, kernel: Size): Window {
  const pads = facts.ints('pads');
  return {
    kernel,
    stride: facts.ints('strides')?.[axis] ?? 1,
    dilation: facts.ints('dilations')?.[axis] ?? 1,
    padBefore: pads?.[axis] ?? 0,
    padAfter: pads?.[axis + rank] ?? 0,
    autoPad: facts.string('auto_pad') ?? 'NOTSET',
    ceil: facts.int('ceil_mode') === 1,
  };
}

/** Returns the distance from the kernel's first to its last element, both included. */
function extentOf({ kernel, dilation }: Window): Size {
  return addSizes(multiplySizes(subtractSizes(kernel, 1), dilation), 1);
}

/** Number of window positions (ONNX, Conv and MaxPool). */
function slideOver(size: Size, window: Window): Size {
  const { stride, autoPad, padBefore, padAfter, ceil } = window;
  if (autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER') return ceilDivideSizes(size, stride);
  const padding = autoPad === 'VALID' ? 0 : padBefore + padAfter;
  const room = subtractSizes(addSizes(size, padding), extentOf(window));
  // ONNX divides as C++ does: a kernel that hangs over the end by less than a stride has one position.
  const whole = typeof room === 'number' ? Math.trunc(room / stride) : floorDivideSizes(room, stride);
  const positions = addSizes(ceil ? ceilDivideSizes(room, stride) : whole, 1);
  if (!ceil || typeof positions !== 'number' || typeof size !== 'number') return positions;
  // A last window that would start in the padding after the picture is left out.
  return (positions - 1) * stride >= size + padBefore ? positions - 1 : positions;
}

/** The kernel's spatial sizes: an attribute, or what follows the first two axes of the weight. */
function kernelOf(facts: NodeFacts, weight: SymbolicShape | undefined): SymbolicShape | undefined {
  return facts.ints('kernel_shape') ?? weight?.slice(2);
}

const convolutionWith =
  (weightInput: number): ShapeRule =>
  (facts) => {
    const [input, weight] = [facts.shape(0), facts.shape(weightInput)];
    if (input === undefined) return [];
    const spatial = input.slice(2);
    const kernel = kernelOf(facts, weight);
    const sizes = spatial.map((size, axis) =>
      slideOver(size, windowOf(facts, axis, spatial.length, kernel?.[axis] ?? null)),
    );
    return [[input[0] ?? null, weight?.[0] ?? null, ...sizes]];
  };

/** Every output element sums over the weights of its group. */
const convolutionMacs =
  (weightInput: number): MacsRule =>
  (facts, [output]) => {
    const weight = facts.shape(weightInput);
    return output === undefined || weight === undefined
      ? null
      : multiplySizes(productOfSizes(output), productOfSizes(weight.slice(1)));
  };

const transposed: ShapeRule = (facts) => {
  const [input, weight] = [facts.shape(0), facts.shape(1)];
  if (input === undefined) return [];
  const spatial = input.slice(2);
  const kernel = kernelOf(facts, weight);
  const given = facts.ints('output_shape');
  const sizes = spatial.map((size, axis) => {
    if (given !== undefined) return given.at(axis - spatial.length) ?? null;
    const window = windowOf(facts, axis, spatial.length, kernel?.[axis] ?? null);
    if (window.autoPad.startsWith('SAME')) return multiplySizes(size, window.stride);
    const padding = window.autoPad === 'VALID' ? 0 : window.padBefore + window.padAfter;
    const grown = addSizes(multiplySizes(subtractSizes(size, 1), window.stride), extentOf(window));
    return addSizes(subtractSizes(grown, padding), facts.ints('output_padding')?.[axis] ?? 0);
  });
  const channels = multiplySizes(weight?.[1] ?? null, facts.int('group') ?? 1);
  return [[input[0] ?? null, channels, ...sizes]];
};

/** Every input element is multiplied with the weights of its group. */
const transposedMacs: MacsRule = (facts) => {
  const [input, weight] = [facts.shape(0), facts.shape(1)];
  return input === undefined || weight === undefined
    ? null
    : multiplySizes(productOfSizes(input), productOfSizes(weight.slice(1)));
};

const pooling: ShapeRule = (facts) => {
  const input = facts.shape(0);
  const kernel = facts.ints('kernel_shape');
  if (input === undefined || kernel === undefined) return [];
  const spatial = input.slice(2);
  const sizes = spatial.map((size, axis) =>
    slideOver(size, windowOf(facts, axis, spatial.length, kernel[axis] ?? null)),
  );
  const shape = [...input.slice(0, 2), ...sizes];
  return [shape, shape];
};

const globalPooling: ShapeRule = (facts) => {
  const input = facts.shape(0);
  return [input && [...input.slice(0, 2), ...input.slice(2).map(() => 1)]];
};

const unpooling: ShapeRule = (facts) => {
  const given = facts.content(2);
  if (given !== undefined) return [given];
  const input = facts.shape(0);
  const kernel = facts.ints('kernel_shape');
  if (input === undefined || kernel === undefined || facts.has(2)) return [];
  const spatial = input.slice(2).map((size, axis) => {
    const window = windowOf(facts, axis, kernel.length, kernel[axis] ?? null);
    const grown = addSizes(multiplySizes(subtractSizes(size, 1), window.stride), window.kernel);
    return subtractSizes(grown, window.padBefore + window.padAfter);
  });
  return [[...input.slice(0, 2), ...spatial]];
};

/** Regions of interest: [regions, C, height, width]. */
const regions: ShapeRule = (facts) => {
  const pooled = facts.ints('pooled_shape');
  const height = pooled?.[0] ?? facts.int('output_height') ?? 1;
  const width = pooled?.[1] ?? facts.int('output_width') ?? 1;
  return [[facts.shape(1)?.[0] ?? null, facts.shape(0)?.[1] ?? null, height, width]];
};

const gridSample: ShapeRule = (facts) => {
  const [input, grid] = [facts.shape(0), facts.shape(1)];
  return [input && grid && [...input.slice(0, 2), ...grid.slice(1, -1)]];
};

/** Sizes of the picture are an input: regions of interest [regions, 4] become [regions, C, height, width]. */
const cropAndResize: ShapeRule = (facts) => {
  const [height = null, width = null] = facts.content(3) ?? [];
  return [[facts.shape(1)?.[0] ?? null, facts.shape(0)?.[1] ?? null, height, width]];
};

/** Transforms [N, 2, 3] or [N, 3, 4] and the sizes of a picture give where each element comes from. */
const affineGrid: ShapeRule = (facts) => {
  const size = facts.content(1);
  return [size && [size[0]!, ...size.slice(2), size.length - 2]];
};

const convolution = (weightInput: number): OperatorRecord => ({
  shapes: convolutionWith(weightInput),
  elementTypes: typeOfInput(0),
  weights: [{ input: weightInput }],
  macs: convolutionMacs(weightInput),
});

/** The same for pictures [N, D1, D2, …, C]. The weight keeps its order, and a product does not depend on it. */
function channelsLast(record: OperatorRecord, isSo: (facts: NodeFacts) => boolean = () => true): OperatorRecord {
  const reordered = (facts: NodeFacts) => {
    const [first, ...rest] = facts.inputs;
    const shape = first?.shape && [first.shape[0]!, first.shape.at(-1)!, ...first.shape.slice(1, -1)];
    return new NodeFacts(facts.node, facts.opset, [{ ...first, shape }, ...rest]);
  };
  return {
    ...record,
    shapes(facts) {
      if (!isSo(facts)) return record.shapes(facts);
      return record.shapes(reordered(facts)).map((shape) => shape && [shape[0]!, ...shape.slice(2), shape[1]!]);
    },
  };
}

const transposedConvolution: OperatorRecord = {
  shapes: transposed,
  elementTypes: typeOfInput(0),
  weights: [{ input: 1 }],
  macs: transposedMacs,
};

const isChannelsLast = (facts: NodeFacts) => facts.int('channels_last') === 1;

/** A kernel [M, C, …]: one scale for each output channel. */
const channelAxis: WeightOperand['channelAxis'] = () => 0;

const quantizedConvolution: OperatorRecord = {
  ...convolution(3),
  elementTypes: typeOfInput(7),
  weights: [{ input: 3, scaleInput: 4, zeroPointInput: 5, channelAxis }],
  wideIntegerWeight: 8,
};

const pool: OperatorRecord = { shapes: pooling, elementTypes: typeOfInput(0) };
const globalPool: OperatorRecord = { shapes: globalPooling, elementTypes: typeOfInput(0), work: oncePerInput };
const gridSampling: OperatorRecord = { shapes: gridSample, elementTypes: typeOfInput(0) };

export const convolutions: OperatorFamily = {
  Conv: { ...convolution(1), coupling: coupleConvolution },
  DeformConv: convolution(1),
  ConvInteger: {
    ...convolution(1),
    elementTypes: typesAlways(DataType.int32),
    weights: [{ input: 1, zeroPointInput: 3, channelAxis }],
  },
  QLinearConv: quantizedConvolution,
  ConvTranspose: { ...transposedConvolution, coupling: coupleTransposedConvolution },
  ...alike('AveragePool LpPool', { ...pool, work: oncePerInput, coupling: couplePooling, optionalOutputsFrom: 1 }),
  MaxPool: {
    shapes: pooling,
    elementTypes: typeOfInputThen(DataType.int64),
    work: oncePerInput,
    coupling: coupleMaxPooling,
    optionalOutputsFrom: 1,
  },
  ...alike('GlobalAveragePool GlobalLpPool GlobalMaxPool', { ...globalPool, coupling: couplePooling }),
  MaxUnpool: { shapes: unpooling, elementTypes: typeOfInput(0) },
  ...alike('MaxRoiPool RoiAlign', { shapes: regions, elementTypes: typeOfInput(0) }),
  GridSample: gridSampling,
  AffineGrid: { shapes: affineGrid, elementTypes: typeOfInput(0) },
};

export const microsoftConvolutions: OperatorFamily = {
  FusedConv: convolution(1),
  // The padding is an input, so only sizes that it does not change are known.
  ConvTransposeWithDynamicPads: {
    ...transposedConvolution,
    shapes: (facts) => transposed(facts).map((shape) => shape?.map((size, axis) => (axis < 2 ? size : null))),
  },
  GridSample: gridSampling,
  CropAndResize: { shapes: cropAndResize, elementTypes: typeOfInput(0) },
  MaxpoolWithMask: pool,
  ...alike('NhwcConv NhwcFusedConv', channelsLast(convolution(1))),
  NhwcMaxPool: channelsLast(pool),
  QLinearConv: channelsLast(quantizedConvolution, isChannelsLast),
  QLinearAveragePool: channelsLast({ ...pool, work: oncePerInput }, isChannelsLast),
  QLinearGlobalAveragePool: channelsLast(globalPool, isChannelsLast),
};
