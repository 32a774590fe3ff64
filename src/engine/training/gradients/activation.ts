/** Gradients of activation functions. Relu and similar operators pass the gradient if the value was passed. */
import type { ValueName } from '../../onnx/graph';
import { unary } from './elementwise';
import type { GradientFamily, GradientRule, GradientSite } from './gradient-rule';

/** 1 − y, for Sigmoid and its kin. */
const oneMinus = ({ builder }: GradientSite, value: ValueName): ValueName => builder.subtract(builder.scalar(1), value);

const isAboveZero = ({ builder }: GradientSite, value: ValueName): ValueName =>
  builder.compare('Greater', value, builder.scalar(0));

const relu = unary((site) => site.builder.where(isAboveZero(site, site.y()), site.g, site.builder.scalar(0)));

/** Correct at both bounds: a value that was not changed passes its gradient. */
const clip: GradientRule = (site) => {
  const { builder } = site;
  if (site.needs(1) || site.needs(2)) return { reason: 'its bounds are computed' };
  return site.each(() => builder.where(builder.compare('Equal', site.x(0), site.y()), site.g, builder.scalar(0)));
};

const leakyRelu = unary((site) => {
  const { builder } = site;
  return builder.where(isAboveZero(site, site.x(0)), site.g, builder.scale(site.g, site.float('alpha', 0.01)));
});

/** The slope is a parameter, one for each channel or for all. */
const parametricRelu: GradientRule = (site) => {
  const { builder } = site;
  const isPositive = isAboveZero(site, site.x(0));
  return site.each(
    () => builder.where(isPositive, site.g, builder.multiply(site.g, site.x(1))),
    () => {
      const gradient = builder.where(isPositive, builder.scalar(0), builder.multiply(site.g, site.x(0)));
      return builder.unbroadcast(gradient, site.shape(1));
    },
  );
};

/** Below zero y = α(eˣ − 1), whose slope is y + α. */
const elu = unary((site) => {
  const { builder } = site;
  const below = builder.multiply(site.g, builder.add(site.y(), builder.scalar(site.float('alpha', 1))));
  return builder.where(isAboveZero(site, site.x(0)), site.g, below);
});

const sigmoid = unary((site) => {
  const { builder } = site;
  return builder.multiply(site.g, builder.multiply(site.y(), oneMinus(site, site.y())));
});

const tanh = unary((site) => {
  const { builder } = site;
  return builder.multiply(site.g, oneMinus(site, builder.multiply(site.y(), site.y())));
});

/** α between the two bounds of y. */
const hardSigmoid = unary((site) => {
  const { builder } = site;
  const below = builder.compare('Less', site.y(), builder.scalar(1));
  const inner = builder.where(below, builder.scale(site.g, site.float('alpha', 0.2)), builder.scalar(0));
  return builder.where(isAboveZero(site, site.y()), inner, builder.scalar(0));
});

/** y = x·max(0, min(1, x/6 + ½)): slope 0 below −3, 1 above 3, x/3 + ½ between. */
const hardSwish = unary((site) => {
  const { builder } = site;
  const x = site.x(0);
  const between = builder.add(builder.scale(x, 1 / 3), builder.scalar(0.5));
  const low = builder.where(builder.compare('Less', x, builder.scalar(-3)), builder.scalar(0), between);
  const slope = builder.where(builder.compare('Greater', x, builder.scalar(3)), builder.scalar(1), low);
  return builder.multiply(site.g, slope);
});

const softplus = unary((site) => site.builder.multiply(site.g, site.builder.unary('Sigmoid', site.x(0))));

/** y = x·σ(αx): slope σ + αy(1 − σ). */
const swish = unary((site) => {
  const { builder } = site;
  const alpha = site.float('alpha', 1);
  const gate = builder.unary('Sigmoid', builder.scale(site.x(0), alpha));
  const rest = builder.multiply(builder.scale(site.y(), alpha), oneMinus(site, gate));
  return builder.multiply(site.g, builder.add(gate, rest));
});

/** Φ(x) + x·φ(x), or the derivative of the tanh form (ONNX, Gelu). */
const gelu = unary((site) => {
  const { builder } = site;
  const x = site.x(0);
  const square = builder.multiply(x, x);
  if (site.text('approximate', 'none') === 'tanh') {
    const factor = Math.sqrt(2 / Math.PI);
    const cubic = builder.add(builder.scalar(1), builder.scale(square, 0.044715));
    const curve = builder.unary('Tanh', builder.multiply(builder.scale(x, factor), cubic));
    const inner = builder.add(builder.scalar(factor), builder.scale(square, 3 * 0.044715 * factor));
    const bend = builder.multiply(oneMinus(site, builder.multiply(curve, curve)), builder.multiply(x, inner));
    const slope = builder.scale(builder.add(builder.add(builder.scalar(1), curve), bend), 0.5);
    return builder.multiply(site.g, slope);
  }
  const error = builder.unary('Erf', builder.scale(x, Math.SQRT1_2));
  const cumulative = builder.scale(builder.add(builder.scalar(1), error), 0.5);
  const density = builder.scale(builder.unary('Exp', builder.scale(square, -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return builder.multiply(site.g, builder.add(cumulative, builder.multiply(x, density)));
});

export const activationGradients: GradientFamily = new Map<string, GradientRule>([
  ['Relu', relu],
  ['Clip', clip],
  ['LeakyRelu', leakyRelu],
  ['PRelu', parametricRelu],
  ['Elu', elu],
  ['Sigmoid', sigmoid],
  ['Tanh', tanh],
  ['HardSigmoid', hardSigmoid],
  ['HardSwish', hardSwish],
  ['Softplus', softplus],
  ['Swish', swish],
  ['Gelu', gelu],
]);
