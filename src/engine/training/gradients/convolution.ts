/**
 * Gradients of convolutions. That of W is the product of the windows of the picture, as columns, and the gradient. That
 * of x is the transposed convolution, or a convolution with reversed taps if that is faster or if WebGPU computes the
 * other one wrong.
 */
import { intAttribute } from '../../onnx/attributes';
import { DataType } from '../../onnx/data-type';
import type { ValueName } from '../../onnx/graph';
import type { StaticShape, StepBuilder } from '../step-builder';
import type { GradientFamily, GradientRule, GradientSite } from './gradient-rule';
import { convolve, convolveBack, isPointwise, windowOf, windowsOf, type Window } from './window';
import { productOf } from '../../product-of';

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

/** Computes the gradient of a bias: a sum over samples, then over positions. This order takes half of the time of the other. */
function sumOverPoints({ builder, g }: GradientSite): ValueName {
  const [, , ...positions] = builder.shapeOf(g);
  const perSample = builder.sum(g, [0]);
  return builder.sum(
    perSample,
    positions.map((_, axis) => axis + 1),
  );
}

function isDepthwise({ group, channels, filters }: Convolution): boolean {
  return group === channels && filters === channels;
}

const isUnit = (numbers: readonly number[]): boolean => numbers.every((each) => each === 1);

/** One convolution with more taps than this builds all windows faster than as many slices do. */
const mostSlicedTaps = 25;

function weightGradient(each: Convolution): ValueName {
  const { builder, window, group, channels, filters, batch, g } = each;
  const shape = builder.shapeOf(each.weight);
  const points = productOf(each.positions);
  const taps = productOf(window.kernel);
  if (isDepthwise(each)) {
    if (isUnit(window.strides) && taps <= mostSlicedTaps) return gradientTapByTap(each);
    const seen = builder.reshape(windowsOf(builder, each.x, window), [batch, channels, taps, points]);
    const products = builder.multiply(seen, builder.reshape(g, [batch, channels, 1, points]));
    return builder.reshape(builder.sum(builder.sum(products, [0]), [2]), shape);
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

/** Each input of a filter at each position. A filter of one tap sees the picture itself. */
function columnsOf({ builder, x, window, spatial, positions }: Convolution): ValueName {
  if (!isPointwise(window)) return windowsOf(builder, x, window);
  const ranges = spatial.map((_, axis) => {
    const step = window.strides[axis]!;
    return { axis: axis + 2, start: 0, end: (positions[axis]! - 1) * step + 1, step };
  });
  return builder.slice(x, isUnit(window.strides) ? [] : ranges);
}

/**
 * Computes the weight gradient of a depthwise convolution: for each tap, the sum of the picture moved by it times the gradient. Each
 * channel of a sample is one run of memory with zeros around it, so that a move is one slice. Slicing rectangles or padding rows takes
 * longer than all else. Samples are added up first, which leaves the fewest elements to add.
 */
function gradientTapByTap(each: Convolution): ValueName {
  const { builder, window, batch, channels, spatial, positions } = each;
  const sizes = positions.map((count, axis) => (axis === 0 ? count : Math.max(count, spatial[axis]!)));
  const moves = tapsOf(window.kernel).map((tap) =>
    tap.map((at, axis) => at * window.dilations[axis]! - window.before[axis]!),
  );
  const offsets = moves.map((move) => move.reduce((offset, by, axis) => offset * sizes[axis]! + by, 0));
  const length = spatial[0]! * productOf(sizes.slice(1));
  const reach = productOf(sizes);
  const before = Math.max(0, -Math.min(...offsets));
  const after = Math.max(0, Math.max(...offsets) + reach - length);
  const runs = builder.reshape(inRowsOf(builder, each.x, sizes), [batch, channels, length]);
  const picture = builder.pad(runs, [0, 0, before], [0, 0, after]);
  const gradientOf = gradientsThatStay(builder, inRowsOf(builder, each.g, sizes), sizes);
  const sums = moves.map((move, tap) => {
    const start = before + offsets[tap]!;
    const moved = builder.slice(picture, [{ axis: 2, start, end: start + reach }]);
    return builder.sum(builder.multiply(moved, gradientOf(move)), [0], true);
  });
  const perTap = builder.sum(builder.concat(sums, 0), [2]);
  return builder.reshape(builder.transpose(perTap, [1, 0]), builder.shapeOf(each.weight));
}

/** Pads each row with zeros at its end up to these sizes. */
function inRowsOf(builder: StepBuilder, value: ValueName, sizes: StaticShape): ValueName {
  const [, , ...own] = builder.shapeOf(value);
  const missing = own.map((size, axis) => (axis === 0 ? 0 : sizes[axis]! - size));
  return builder.pad(value, [0, 0, ...missing.map(() => 0)], [0, 0, ...missing]);
}

/** Returns one gradient [N, C, elements] for each move, with zeros for the elements that the move would carry from one row into another. */
function gradientsThatStay(
  builder: StepBuilder,
  gradient: ValueName,
  sizes: StaticShape,
): (move: readonly number[]) => ValueName {
  const [batch, channels] = builder.shapeOf(gradient) as [number, number];
  const known = new Map<string, ValueName>();
  return (move) => {
    const [, ...across] = move;
    const key = across.join();
    const kept = known.get(key) ?? builder.reshape(withoutCrossing(across), [batch, channels, productOf(sizes)]);
    known.set(key, kept);
    return kept;
  };

  function withoutCrossing(across: readonly number[]): ValueName {
    const [, ...inner] = sizes;
    const stays = across.reduce<readonly number[]>(
      (whole, by, axis) => {
        const own = Array.from({ length: inner[axis]! }, (_, at) => (at + by >= 0 && at + by < inner[axis]! ? 1 : 0));
        return whole.flatMap((outer) => own.map((value) => outer * value));
      },
      [1],
    );
    if (!stays.includes(0)) return gradient;
    // One that is as large as a sample: a few rows for all of them took ten times the time.
    const mask = builder.expand(builder.floats(inner, Float32Array.from(stays)), [channels, ...sizes]);
    return builder.multiply(gradient, mask);
  }
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
    const products = builder.matMul(matrix, builder.reshape(g, [batch, filters, productOf(each.positions)]));
    return builder.reshape(products, [batch, channels, ...each.spatial]);
  }
  if (takesReversedTaps(each)) return convolveWithReversedTaps(each);
  return convolveBack(builder, g, each.weight, window, { spatial: each.spatial, group });
}

/**
 * Measured on WASM: for stride 1 the convolution with reversed taps is faster for many channels on small maps, and for
 * depthwise convolutions. WebGPU computes ConvTranspose wrong, without an error, for some other grouped convolutions
 * (`isWrongOnWebgpu`).
 */
function takesReversedTaps(each: Convolution): boolean {
  const { group, channels, filters, window, positions } = each;
  if (group > 1 && !isDepthwise(each)) return true;
  if (!isUnit(window.strides)) return false;
  return isDepthwise(each) || (Math.min(channels, filters) >= 64 && productOf(positions) <= 1024);
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
  const taps = productOf(window.kernel);
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
  const points = productOf(positions);
  return site.each(
    () => convolve(builder, g, site.x(1), window, group),
    () => {
      const columns = [batch, group, perGroup * productOf(kernel), points];
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
