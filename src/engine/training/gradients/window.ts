/** Windows of convolution and pooling with every size known, and the two moves that their gradients are made of. */
import { intAttribute, intsAttribute } from '../../onnx/attributes';
import type { Attribute, ValueName } from '../../onnx/graph';
import type { StaticShape, StepBuilder } from '../step-builder';
import type { GradientSite } from './gradient-rule';
import { productOf } from '../../product-of';

export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before and after each spatial axis, `auto_pad` resolved. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/**
 * The window of a node that slides over `slid` and gives `positions` of them. For Conv and pooling these are input and
 * output, for ConvTranspose output and input. The padding grows if the positions reach further than it (`ceil_mode`).
 */
export function windowOf(
  site: GradientSite,
  kernel: readonly number[],
  slid: StaticShape,
  positions: StaticShape,
): Window {
  const ones = kernel.map(() => 1);
  const strides = site.ints('strides') ?? ones;
  const dilations = site.ints('dilations') ?? ones;
  const pads = site.ints('pads') ?? [...kernel, ...kernel].map(() => 0);
  const autoPad = site.text('auto_pad', 'NOTSET');
  const sides = kernel.map((size, axis) => {
    const reach = (positions[axis]! - 1) * strides[axis]! + (size - 1) * dilations[axis]! + 1;
    const missing = Math.max(0, reach - slid[axis]!);
    if (autoPad === 'SAME_UPPER') return [Math.floor(missing / 2), Math.ceil(missing / 2)] as const;
    if (autoPad === 'SAME_LOWER') return [Math.ceil(missing / 2), Math.floor(missing / 2)] as const;
    if (autoPad === 'VALID') return [0, 0] as const;
    const before = pads[axis]!;
    return [before, Math.max(pads[axis + kernel.length]!, reach - slid[axis]! - before)] as const;
  });
  return { kernel, strides, dilations, before: sides.map(([one]) => one), after: sides.map(([, other]) => other) };
}

/** Returns the window as attributes of Conv or ConvTranspose. */
function windowAttributes(window: Window, group: number): Attribute[] {
  return [
    intAttribute('group', group),
    intsAttribute('kernel_shape', window.kernel),
    intsAttribute('strides', window.strides),
    intsAttribute('dilations', window.dilations),
    intsAttribute('pads', [...window.before, ...window.after]),
  ];
}

/** The number of positions of a window on each axis. */
function positionsOf(window: Window, slid: StaticShape): StaticShape {
  return window.kernel.map((size, axis) => {
    const room = slid[axis]! + window.before[axis]! + window.after[axis]! - (size - 1) * window.dilations[axis]! - 1;
    return Math.floor(room / window.strides[axis]!) + 1;
  });
}

export function isPointwise({ kernel, before, after }: Window): boolean {
  return [...kernel.map((size) => size - 1), ...before, ...after].every((count) => count === 0);
}

/** A convolution of a picture [N, C, …] with a weight [M, C/G, …]. */
export function convolve(
  builder: StepBuilder,
  x: ValueName,
  weight: ValueName,
  window: Window,
  group: number,
): ValueName {
  const [batch, , ...spatial] = builder.shapeOf(x);
  const shape = [batch!, builder.shapeOf(weight)[0]!, ...positionsOf(window, spatial)];
  return builder.emit('Conv', [x, weight], shape, windowAttributes(window, group));
}

/**
 * Adds the value of each window position to its source: the transpose of the convolution with the same window.
 *
 * @param spatial sizes of the value that the window slid over.
 */
export function convolveBack(
  builder: StepBuilder,
  gradient: ValueName,
  weight: ValueName,
  window: Window,
  to: { readonly spatial: StaticShape; readonly group: number },
): ValueName {
  const [batch, , ...positions] = builder.shapeOf(gradient);
  const reached = positions.map((count, axis) => {
    const extent = (window.kernel[axis]! - 1) * window.dilations[axis]! + 1;
    return (count - 1) * window.strides[axis]! + extent - window.before[axis]! - window.after[axis]!;
  });
  // Elements that the last window did not reach have no gradient. Gradients of padding are cut off.
  const outputPadding = to.spatial.map((size, axis) => Math.max(0, size - reached[axis]!));
  const after = window.after.map((count, axis) => count + Math.max(0, reached[axis]! - to.spatial[axis]!));
  const shape = [batch!, builder.shapeOf(weight)[1]! * to.group, ...to.spatial];
  return builder.emit('ConvTranspose', [gradient, weight], shape, [
    ...windowAttributes({ ...window, after }, to.group),
    intsAttribute('output_padding', outputPadding),
  ]);
}

/** Builds one filter for each tap of the window, which selects that tap alone: [kk, 1, …kernel]. */
export function tapFilters(builder: StepBuilder, kernel: readonly number[]): ValueName {
  const taps = productOf(kernel);
  const identity = new Float32Array(taps * taps);
  for (let tap = 0; tap < taps; tap++) identity[tap * taps + tap] = 1;
  return builder.floats([taps, 1, ...kernel], identity);
}

/**
 * Extracts the window at each position by a convolution with one-tap filters: x [N, C, …] becomes [N·C, kk, …positions]. The taps come
 * after the channel, as in a weight.
 */
export function windowsOf(builder: StepBuilder, x: ValueName, window: Window): ValueName {
  const [batch, channels, ...spatial] = builder.shapeOf(x);
  const planes = builder.reshape(x, [batch! * channels!, 1, ...spatial]);
  return convolve(builder, planes, tapFilters(builder, window.kernel), window, 1);
}
