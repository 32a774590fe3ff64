/** The gradient of Resize: along each axis the output is a matrix times the input, and the gradient is its transpose times g. */
import type { ValueName } from '../../onnx/graph';
import { nearestPosition, resizedPlace } from '../../onnx/ops/resizing';
import type { GradientFamily, GradientRule, GradientSite } from './gradient-rule';

const resize: GradientRule = (site) => {
  const { builder } = site;
  const shape = site.shape(0);
  const factors = site.outputShape().map((size, axis) => size / shape[axis]!);
  if (site.text('mode', 'nearest') === 'nearest' && factors.every(Number.isInteger) && copiesEvenly(site)) {
    return site.each(() => {
      const apart = shape.flatMap((size, axis) => [size, factors[axis]!]);
      const copies = shape.map((_, axis) => 2 * axis + 1);
      return builder.sum(builder.reshape(site.g, apart), copies);
    });
  }
  const reason = whyNotLinear(site);
  if (reason !== undefined) return { reason };
  const scales = scalesOf(site);
  return site.each(() => {
    let gradient = site.g;
    for (const [axis, scale] of scales.entries()) {
      if (site.outputShape()[axis] === shape[axis] && scale === 1) continue;
      gradient = alongAxis(site, gradient, axis, scale);
    }
    return gradient;
  });
};

/** True if nearest-neighbor resizing by a whole factor repeats each element in turn, as often as the factor says. */
function copiesEvenly(site: GradientSite): boolean {
  const coordinates = transformationOf(site);
  if (coordinates === 'half_pixel' || coordinates === 'pytorch_half_pixel') {
    return site.text('nearest_mode', 'round_prefer_floor').startsWith('round_prefer');
  }
  return coordinates === 'asymmetric' && site.text('nearest_mode', 'round_prefer_floor') === 'floor';
}

const transformationOf = (site: GradientSite): string => site.text('coordinate_transformation_mode', 'half_pixel');

function whyNotLinear(site: GradientSite): string | undefined {
  const anywhere = resizedPlace(transformationOf(site), 0, { from: 1, to: 1, scale: 1 });
  if (anywhere === undefined) return 'it crops';
  if (site.int('antialias', 0) === 1) return 'it smooths (antialias)';
  if (site.int('exclude_outside', 0) === 1) return 'it excludes what is outside';
  if (site.text('keep_aspect_ratio_policy', 'stretch') !== 'stretch') return 'it keeps the aspect ratio';
  return undefined;
}

/** The scale of each axis: as given, or the ratio of the sizes. */
function scalesOf(site: GradientSite): readonly number[] {
  const shape = site.shape(0);
  const ratios = site.outputShape().map((size, axis) => Math.fround(size / shape[axis]!));
  const given = site.numbers(2);
  if (given === undefined || given.length === 0) return ratios;
  const axes = site.ints('axes')?.map((axis) => site.axis(axis, shape.length)) ?? given.map((_, axis) => axis);
  for (const [index, axis] of axes.entries()) ratios[axis] = given[index]!;
  return ratios;
}

/** g · M along one axis, where M is [out, in]. */
function alongAxis(site: GradientSite, gradient: ValueName, axis: number, scale: number): ValueName {
  const { builder } = site;
  const [from, to] = [site.outputShape()[axis]!, site.shape(0)[axis]!];
  const weights = builder.floats([from, to], interpolation(site, from, to, scale));
  const rank = site.shape(0).length;
  if (axis === rank - 1) return builder.matMul(gradient, weights);
  const exchanged = Array.from({ length: rank }, (_, at) => (at === axis ? rank - 1 : at === rank - 1 ? axis : at));
  return builder.transpose(builder.matMul(builder.transpose(gradient, exchanged), weights), exchanged);
}

/** Rows of weights of the inputs for each output position (ONNX, Resize). Positions outside are the nearest inside. */
function interpolation(site: GradientSite, outputs: number, inputs: number, scale: number): Float32Array {
  const weights = new Float32Array(outputs * inputs);
  const mode = site.text('mode', 'nearest');
  const rounding = site.text('nearest_mode', 'round_prefer_floor');
  for (let output = 0; output < outputs; output++) {
    const at = resizedPlace(transformationOf(site), output, { from: inputs, to: outputs, scale })!;
    const add = (place: number, weight: number): void => {
      weights[output * inputs + Math.min(inputs - 1, Math.max(0, place))]! += weight;
    };
    if (mode === 'nearest') add(nearestPosition(rounding, at), 1);
    else if (mode === 'linear') {
      const inside = Math.min(inputs - 1, Math.max(0, at));
      const low = Math.floor(inside);
      add(low, 1 - (inside - low));
      add(low + 1, inside - low);
    } else {
      const low = Math.floor(at);
      cubicWeights(at - low, site.float('cubic_coeff_a', -0.75)).forEach((weight, tap) => add(low - 1 + tap, weight));
    }
  }
  return weights;
}

/** Four taps of the cubic convolution of Keys (1981). */
function cubicWeights(t: number, a: number): readonly number[] {
  const near = (x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number): number => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return [far(1 + t), near(t), near(1 - t), far(2 - t)];
}

export const resizingGradients: GradientFamily = new Map<string, GradientRule>([['Resize', resize]]);
