/** Gradients of sums and means over axes. */
import type { GradientFamily, GradientRule, GradientSite } from './gradient-rule';
import { productOf } from '../../product-of';

function reducedAxes(site: GradientSite): readonly number[] | undefined {
  const rank = site.shape(0).length;
  const all = Array.from({ length: rank }, (_, axis) => axis);
  const given = site.has(1) ? site.numbers(1) : site.ints('axes');
  if (given === undefined) return site.has(1) ? undefined : site.int('noop_with_empty_axes', 0) === 1 ? [] : all;
  if (given.length === 0) return site.int('noop_with_empty_axes', 0) === 1 ? [] : all;
  return given.map((axis) => site.axis(axis, rank));
}

/** Each element that was added up gets the gradient of its sum, a mean's divided by their count. */
const spreadOver =
  (isMean: boolean): GradientRule =>
  (site) => {
    const axes = reducedAxes(site);
    if (axes === undefined) return { reason: 'its axes are known only at run time' };
    const { builder } = site;
    const shape = site.shape(0);
    const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const count = productOf(shape) / productOf(kept);
    return site.each(() => builder.expand(builder.reshape(builder.scale(site.g, isMean ? 1 / count : 1), kept), shape));
  };

const globalAverage: GradientRule = (site) => {
  const shape = site.shape(0);
  const { builder } = site;
  return site.each(() => builder.expand(builder.scale(site.g, 1 / productOf(shape.slice(2))), shape));
};

/** Elements that are the maximum share its gradient. */
const globalMaximum: GradientRule = (site) => {
  const { builder } = site;
  const axes = site.shape(0).flatMap((_, axis) => (axis < 2 ? [] : [axis]));
  return site.each(() => {
    const isMaximum = builder.compare('Equal', site.x(0), site.y());
    const ones = builder.where(isMaximum, builder.scalar(1), builder.scalar(0));
    return builder.multiply(ones, builder.divide(site.g, builder.sum(ones, axes, true)));
  });
};

export const reductionGradients: GradientFamily = new Map<string, GradientRule>([
  ['ReduceSum', spreadOver(false)],
  ['ReduceMean', spreadOver(true)],
  ['GlobalAveragePool', globalAverage],
  ['GlobalMaxPool', globalMaximum],
]);
