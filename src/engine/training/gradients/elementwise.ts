/** Gradients of arithmetic on each element, with broadcasting if there are two inputs. g is dL/dy throughout. */
import type { ValueName } from '../../onnx/graph';
import type { GradientFamily, GradientRule, GradientSite } from './gradient-rule';

/** A rule for one input. */
export const unary =
  (gradient: (site: GradientSite) => ValueName): GradientRule =>
  (site) =>
    site.each(() => gradient(site));

/** Sums a gradient over broadcast axes, back to the shape of the input. */
const backTo = (site: GradientSite, input: number, gradient: ValueName): ValueName =>
  site.builder.unbroadcast(gradient, site.shape(input));

const negative = (site: GradientSite, value: ValueName): ValueName => site.builder.unary('Neg', value);

const sum: GradientRule = (site) => site.each(...site.node.inputs.map((_, input) => () => backTo(site, input, site.g)));

const difference: GradientRule = (site) =>
  site.each(
    () => backTo(site, 0, site.g),
    () => negative(site, backTo(site, 1, site.g)),
  );

const product: GradientRule = (site) =>
  site.each(
    () => backTo(site, 0, site.builder.multiply(site.g, site.x(1))),
    () => backTo(site, 1, site.builder.multiply(site.g, site.x(0))),
  );

/** g/b, and −(g/b)·y for the divisor. */
const quotient: GradientRule = (site) => {
  const { builder } = site;
  const share = builder.divide(site.g, site.x(1));
  return site.each(
    () => backTo(site, 0, share),
    () => negative(site, backTo(site, 1, builder.multiply(share, site.y()))),
  );
};

/** g·e·x^(e−1) for a constant e: a trained exponent would need the logarithm of x. */
const power: GradientRule = (site) => {
  const [exponent, ...others] = site.numbers(1) ?? [];
  if (site.needs(1) || exponent === undefined || others.some((other) => other !== exponent)) {
    return { reason: 'its exponent is not one constant number' };
  }
  const { builder } = site;
  return site.each(() => {
    if (exponent === 1) return backTo(site, 0, site.g);
    // The first power of x is x itself: Pow is slow.
    const inner =
      exponent === 2 ? site.x(0) : builder.emit('Pow', [site.x(0), builder.scalar(exponent - 1)], site.shape(0));
    return backTo(site, 0, builder.scale(builder.multiply(site.g, inner), exponent));
  });
};

/** The input that equals the result takes the whole gradient. If several inputs are equal, each of them does. */
const extreme: GradientRule = (site) => {
  const { builder } = site;
  return site.each(
    ...site.node.inputs.map(
      (x, input) => () =>
        backTo(site, input, builder.where(builder.compare('Equal', x, site.y()), site.g, builder.scalar(0))),
    ),
  );
};

const choice: GradientRule = (site) => {
  const { builder } = site;
  const none = builder.scalar(0);
  return site.each(
    undefined,
    () => backTo(site, 1, builder.where(site.x(0), site.g, none)),
    () => backTo(site, 2, builder.where(site.x(0), none, site.g)),
  );
};

const absolute = unary((site) => {
  const { builder } = site;
  const isPositive = builder.compare('Greater', site.x(0), builder.scalar(0));
  return builder.where(isPositive, site.g, negative(site, site.g));
});

/** g·2/√π·e^(−x²) */
const errorFunction = unary((site) => {
  const { builder } = site;
  const square = builder.multiply(site.x(0), site.x(0));
  return builder.multiply(builder.scale(site.g, 2 / Math.sqrt(Math.PI)), builder.unary('Exp', negative(site, square)));
});

export const elementwiseGradients: GradientFamily = new Map<string, GradientRule>([
  ['Add', sum],
  ['Sum', sum],
  ['Sub', difference],
  ['Mul', product],
  ['Div', quotient],
  ['Pow', power],
  ['Max', extreme],
  ['Min', extreme],
  ['Where', choice],
  ['Neg', unary((site) => negative(site, site.g))],
  ['Abs', absolute],
  ['Exp', unary((site) => site.builder.multiply(site.g, site.y()))],
  ['Log', unary((site) => site.builder.divide(site.g, site.x(0)))],
  ['Sqrt', unary((site) => site.builder.divide(site.builder.scale(site.g, 0.5), site.y()))],
  [
    'Reciprocal',
    unary((site) => negative(site, site.builder.multiply(site.g, site.builder.multiply(site.y(), site.y())))),
  ],
  ['Sin', unary((site) => site.builder.multiply(site.g, site.builder.unary('Cos', site.x(0))))],
  ['Cos', unary((site) => negative(site, site.builder.multiply(site.g, site.builder.unary('Sin', site.x(0)))))],
  ['Erf', errorFunction],
]);
