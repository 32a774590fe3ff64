/** Gradients of pooling and of nearest-neighbor resizing. */
import { stringAttribute } from '../../onnx/attributes';
import type { ValueName } from '../../onnx/graph';
import type { StaticShape, StepBuilder } from '../step-builder';
import type { GradientFamily, GradientRule, GradientSite } from './gradient-rule';
import { convolveBack, tapFilters, windowOf, windowsOf, type Window } from './window';
import { productOf } from '../../product-of';

function poolingWindow(site: GradientSite): Window {
  return windowOf(site, site.ints('kernel_shape')!, site.shape(0).slice(2), site.outputShape().slice(2));
}

const doNotOverlap = ({ kernel, strides, dilations, before, after }: Window): boolean =>
  kernel.every((size, axis) => size === strides[axis] && dilations[axis] === 1) &&
  [...before, ...after].every((count) => count === 0);

/** Each element repeated along the spatial axes. */
function repeat(builder: StepBuilder, value: ValueName, factors: readonly number[]): ValueName {
  const scales = builder.floats([factors.length + 2], Float32Array.of(1, 1, ...factors));
  const shape = builder.shapeOf(value).map((size, axis) => (axis < 2 ? size : size * factors[axis - 2]!));
  return builder.emit('Resize', [value, '', scales], shape, [
    stringAttribute('mode', 'nearest'),
    stringAttribute('coordinate_transformation_mode', 'asymmetric'),
    stringAttribute('nearest_mode', 'floor'),
  ]);
}

/** No padding may win: far below every activation, and finite, since filters of one tap multiply it with zero. */
const farBelow = -1e30;

const maximum: GradientRule = (site) => {
  const window = poolingWindow(site);
  return site.each(() => (doNotOverlap(window) ? maximumApart(site, window) : maximumOverlapping(site, window)));
};

/** Every maximum of its window takes the gradient whole. */
function maximumApart(site: GradientSite, { kernel }: Window): ValueName {
  const { builder, g } = site;
  const shape = site.shape(0);
  const covered = [...shape.slice(0, 2), ...kernel.map((size, axis) => size * site.outputShape()[axis + 2]!)];
  const x = builder.slice(
    site.x(0),
    covered.map((end, axis) => ({ axis, start: 0, end })),
  );
  const isMaximum = builder.compare('Equal', x, repeat(builder, site.y(), kernel));
  const gradient = builder.where(isMaximum, repeat(builder, g, kernel), builder.scalar(0));
  return builder.pad(
    gradient,
    shape.map(() => 0),
    shape.map((size, axis) => size - covered[axis]!),
  );
}

/** All maxima of a window share its gradient. */
function maximumOverlapping(site: GradientSite, window: Window): ValueName {
  const { builder } = site;
  const shape = site.shape(0);
  const [batch, channels, ...spatial] = shape as [number, number, ...number[]];
  const padded = builder.pad(site.x(0), [0, 0, ...window.before], [0, 0, ...window.after], farBelow);
  const none = window.kernel.map(() => 0);
  const seen = windowsOf(builder, padded, { ...window, before: none, after: none });
  const planes = [batch * channels, 1, ...site.outputShape().slice(2)];
  const isMaximum = builder.compare('Equal', seen, builder.reshape(site.y(), planes));
  const ones = builder.where(isMaximum, builder.scalar(1), builder.scalar(0));
  const share = builder.divide(builder.reshape(site.g, planes), builder.sum(ones, [1], true));
  const taps = tapFilters(builder, window.kernel);
  const back = convolveBack(builder, builder.multiply(ones, share), taps, window, { spatial, group: 1 });
  return builder.reshape(back, shape);
}

const average: GradientRule = (site) => {
  const { builder } = site;
  const window = poolingWindow(site);
  const shape = site.shape(0);
  const [batch, channels, ...spatial] = shape as [number, number, ...number[]];
  return site.each(() => {
    const positions = site.outputShape().slice(2);
    const planes = builder.reshape(site.g, [batch * channels, 1, ...positions]);
    const counts = elementsInWindows(site, window, spatial, positions);
    const shares = builder.divide(planes, builder.floats([1, 1, ...positions], counts));
    const ones = builder.floats([1, 1, ...window.kernel], new Float32Array(productOf(window.kernel)).fill(1));
    return builder.reshape(convolveBack(builder, shares, ones, window, { spatial, group: 1 }), shape);
  });
};

/** Counts the elements that each mean was divided by: those of its window, with padding if `count_include_pad` is set. */
function elementsInWindows(
  site: GradientSite,
  window: Window,
  spatial: StaticShape,
  positions: StaticShape,
): Float32Array {
  const stated = site.ints('pads') ?? window.after;
  const includesPadding = site.int('count_include_pad', 0) === 1;
  const alongAxes = positions.map((count, axis) => {
    const low = includesPadding ? -window.before[axis]! : 0;
    const high = spatial[axis]! + (includesPadding ? stated.at(axis - spatial.length)! : 0);
    return Array.from({ length: count }, (_, position) => {
      const start = position * window.strides[axis]! - window.before[axis]!;
      const taps = Array.from({ length: window.kernel[axis]! }, (_each, tap) => start + tap * window.dilations[axis]!);
      return taps.filter((at) => at >= low && at < high).length;
    });
  });
  const counts = alongAxes.reduce((all, axis) => all.flatMap((count) => axis.map((each) => count * each)), [1]);
  return Float32Array.from(counts);
}

export const poolingGradients: GradientFamily = new Map<string, GradientRule>([
  ['MaxPool', maximum],
  ['AveragePool', average],
]);
