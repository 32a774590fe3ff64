/**
 * Gradients of convolutions. W: windows of the picture as columns, times the gradient. x: the transposed convolution, or a
 * convolution with taps in reverse where that is faster, or where WebGPU computes the other one wrong.
 */
import { intAttribute } from '../../onnx/attributes';
import { DataType } from '../../onnx/data-type';
import type { ValueName } from '../../onnx/graph';
import { elementsOf, type StaticShape, type StepBuilder } from '../step-builder';
import type { GradientFamily, GradientRule, GradientSite } from './gradient-rule';
import { convolve, convolveBack, isPointwise, windowOf, windowsOf, type Window } from './window';

interface Convolution {
  readonly builder: StepBuilder;
  readonly x: ValueName;
  /** [M, C/G, …kernel] */
  readonly weight: ValueName;
  /** The gradient of the result: [N, M, …positions]. */
  readonly g: ValueName;
  readonly window: Window;
  readonly group: number;
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  readonly spatial: StaticShape;
  readonly positions: StaticShape;
}

function convolutionAt(site: GradientSite): Convolution {
  const [batch, channels, ...spatial] = site.shape(0) as [number, number, ...number[]];
  const [filters, , ...kernel] = site.shape(1) as [number, number, ...number[]];
  const positions = site.outputShape().slice(2);
  return {
    builder: site.builder,
    x: site.x(0),
    weight: site.x(1),
    g: site.g,
    window: windowOf(site, kernel, spatial, positions),
    group: site.int('group', 1),
    batch,
    channels,
    filters,
    spatial,
    positions,
  };
}

const convolution: GradientRule = (site) => {
  const each = convolutionAt(site);
  return site.each(
    () => inputGradient(each),
    () => weightGradient(each),
    () => sumOverPoints(site),
  );
};

/** Of a bias: over samples and positions. */
function sumOverPoints({ builder, g }: GradientSite): ValueName {
  return builder.sum(
    g,
    builder.shapeOf(g).flatMap((_, axis) => (axis === 1 ? [] : [axis])),
  );
}

function isDepthwise({ group, channels, filters }: Convolution): boolean {
  return group === channels && filters === channels;
}

const isUnit = (numbers: readonly number[]): boolean => numbers.every((each) => each === 1);

/** With more taps, one convolution makes all windows faster than as many slices. */
const mostSlicedTaps = 25;

function weightGradient(each: Convolution): ValueName {
  const { builder, window, group, channels, filters, batch, g } = each;
  const shape = builder.shapeOf(each.weight);
  const points = elementsOf(each.positions);
  const taps = elementsOf(window.kernel);
  if (isDepthwise(each)) {
    if (isUnit(window.strides) && taps <= mostSlicedTaps) return gradientTapByTap(each);
    const seen = builder.reshape(windowsOf(builder, each.x, window), [batch, channels, taps, points]);
    const products = builder.multiply(seen, builder.reshape(g, [batch, channels, 1, points]));
    return builder.reshape(builder.sum(builder.sum(products, [3]), [0]), shape);
  }
  const columns = builder.reshape(columnsOf(each), [batch, group, (channels / group) * taps, points]);
  const rows = builder.reshape(g, [batch, group, filters / group, points]);
  if (isPointwise(window)) {
    const products = builder.matMul(rows, builder.transpose(columns, [0, 1, 3, 2]));
    return builder.reshape(builder.sum(products, [0]), shape);
  }
  const products = builder.matMul(columns, builder.transpose(rows, [0, 1, 3, 2]));
  return builder.reshape(builder.transpose(builder.sum(products, [0]), [0, 2, 1]), shape);
}

/** Each input of a filter at each position: what a filter of one tap sees is the picture itself. */
function columnsOf({ builder, x, window, spatial, positions }: Convolution): ValueName {
  if (!isPointwise(window)) return windowsOf(builder, x, window);
  const ranges = spatial.map((_, axis) => {
    const step = window.strides[axis]!;
    return { axis: axis + 2, start: 0, end: (positions[axis]! - 1) * step + 1, step };
  });
  return builder.slice(x, isUnit(window.strides) ? [] : ranges);
}

/**
 * Of a depthwise convolution: for each tap the picture moved by it, times the gradient, added up. Pictures and gradients are laid
 * out in rows of one length, zeros at their ends, so that a move is one run of memory: cutting rectangles took twice the time.
 */
function gradientTapByTap({ builder, x, g, window, batch, channels, positions, weight }: Convolution): ValueName {
  const padded = builder.pad(x, [0, 0, ...window.before], [0, 0, ...window.after]);
  const sizes = builder.shapeOf(padded).slice(2);
  const rowEnds = positions.map((count, axis) => (axis === 0 ? 0 : sizes[axis]! - count));
  const aligned = builder.pad(
    g,
    builder.shapeOf(g).map(() => 0),
    [0, 0, ...rowEnds],
  );
  const planes = batch * channels;
  const offsetOf = (place: readonly number[]): number =>
    place.reduce((offset, at, axis) => offset * sizes[axis]! + at, 0);
  const reach = offsetOf(positions.map((count) => count - 1)) + 1;
  const gradients = builder.slice(builder.reshape(aligned, [planes, elementsOf(builder.shapeOf(aligned).slice(2))]), [
    { axis: 1, start: 0, end: reach },
  ]);
  const picture = builder.reshape(padded, [planes, elementsOf(sizes)]);
  const sums = tapsOf(window.kernel).map((tap) => {
    const start = offsetOf(tap.map((at, axis) => at * window.dilations[axis]!));
    const moved = builder.slice(picture, [{ axis: 1, start, end: start + reach }]);
    return builder.sum(builder.multiply(moved, gradients), [1], true);
  });
  const perSample = builder.reshape(builder.concat(sums, 1), [batch, channels, sums.length]);
  return builder.reshape(builder.sum(perSample, [0]), builder.shapeOf(weight));
}

/** The taps of a kernel in the order of its elements. */
function tapsOf(kernel: StaticShape): number[][] {
  return kernel.reduce<number[][]>(
    (taps, size) => taps.flatMap((tap) => Array.from({ length: size }, (_, at) => [...tap, at])),
    [[]],
  );
}

function inputGradient(each: Convolution): ValueName {
  const { builder, window, group, batch, channels, filters, g } = each;
  if (isPointwise(window) && group === 1 && isUnit(window.strides)) {
    const matrix = builder.transpose(builder.reshape(each.weight, [filters, channels]), [1, 0]);
    const products = builder.matMul(matrix, builder.reshape(g, [batch, filters, elementsOf(each.positions)]));
    return builder.reshape(products, [batch, channels, ...each.spatial]);
  }
  if (takesReversedTaps(each)) return convolveWithReversedTaps(each);
  return convolveBack(builder, g, each.weight, window, { spatial: each.spatial, group });
}

/**
 * Measured on WASM: with stride 1 the convolution with reversed taps is faster for many channels on small maps, and for
 * depthwise ones. Of some other grouped ones WebGPU gives wrong numbers for ConvTranspose, without an error (`isWrongOnWebgpu`).
 */
function takesReversedTaps(each: Convolution): boolean {
  const { group, channels, filters, window, positions } = each;
  if (group > 1 && !isDepthwise(each)) return true;
  if (!isUnit(window.strides)) return false;
  return isDepthwise(each) || (Math.min(channels, filters) >= 64 && elementsOf(positions) <= 1024);
}

function convolveWithReversedTaps(each: Convolution): ValueName {
  const { builder, window, group, spatial, positions } = each;
  const spread = positions.reduce((value, _, axis) => builder.spread(value, axis + 2, window.strides[axis]!), each.g);
  const before = window.kernel.map((size, axis) => (size - 1) * window.dilations[axis]! - window.before[axis]!);
  const after = positions.map(
    (count, axis) => spatial[axis]! + window.before[axis]! - (count - 1) * window.strides[axis]! - 1,
  );
  // Padding beyond the kernel's reach left positions that saw nothing but zeros.
  const seen = builder.slice(
    spread,
    positions.map((_, axis) => {
      const size = builder.shapeOf(spread)[axis + 2]!;
      return { axis: axis + 2, start: Math.max(0, -before[axis]!), end: size - Math.max(0, -after[axis]!) };
    }),
  );
  const reversed: Window = {
    kernel: window.kernel,
    strides: window.strides.map(() => 1),
    dilations: window.dilations,
    before: before.map((count) => Math.max(0, count)),
    after: after.map((count) => Math.max(0, count)),
  };
  return convolve(builder, seen, reversedTaps(each), reversed, group);
}

/** The weight from results to inputs: [C, M/G, …kernel], its taps in reverse. */
function reversedTaps({ builder, weight, group, channels, filters, window }: Convolution): ValueName {
  const taps = elementsOf(window.kernel);
  const apart = builder.reshape(weight, [group, filters / group, channels / group, taps]);
  const turned = builder.transpose(apart, [0, 2, 1, 3]);
  if (taps === 1) return builder.reshape(turned, [channels, filters / group, ...window.kernel]);
  const order = Int32Array.from({ length: taps }, (_, tap) => taps - 1 - tap);
  const indices = builder.constant(DataType.int32, [taps], order);
  const reversed = builder.emit('Gather', [turned, indices], builder.shapeOf(turned), [intAttribute('axis', 3)]);
  return builder.reshape(reversed, [channels, filters / group, ...window.kernel]);
}

/** The transposed convolution reads x once for each tap: its gradient of x is the convolution of g with the same weight. */
const transposedConvolution: GradientRule = (site) => {
  const { builder, g } = site;
  if (site.ints('output_shape') !== undefined) return { reason: 'it states the size of its result' };
  const [batch, channels, ...positions] = site.shape(0) as [number, number, ...number[]];
  const [, perGroup, ...kernel] = site.shape(1) as [number, number, ...number[]];
  const group = site.int('group', 1);
  const window = windowOf(site, kernel, site.outputShape().slice(2), positions);
  const points = elementsOf(positions);
  return site.each(
    () => convolve(builder, g, site.x(1), window, group),
    () => {
      const columns = [batch, group, perGroup * elementsOf(kernel), points];
      const seen = builder.reshape(windowsOf(builder, g, window), columns);
      const rows = builder.reshape(site.x(0), [batch, group, channels / group, points]);
      const products = builder.matMul(rows, builder.transpose(seen, [0, 1, 3, 2]));
      return builder.reshape(builder.sum(products, [0]), site.shape(1));
    },
    () => sumOverPoints(site),
  );
};

export const convolutionGradients: GradientFamily = new Map<string, GradientRule>([
  ['Conv', convolution],
  ['ConvTranspose', transposedConvolution],
]);
