/** Gradients of normalizations and of Softmax. */
import type { ValueName } from '../../onnx/graph';
import type { GradientFamily, GradientRule, GradientSite } from './gradient-rule';
import { productOf } from '../../product-of';

/** y·g − y·Σ(y·g) along the axis. */
const softmax: GradientRule = (site) => {
  const { builder } = site;
  const axis = site.axis(site.int('axis', -1), site.shape(0).length);
  return site.each(() => {
    const share = builder.multiply(site.y(), site.g);
    return builder.subtract(share, builder.multiply(site.y(), builder.sum(share, [axis], true)));
  });
};

/** g − eʸ·Σg along the axis. */
const logSoftmax: GradientRule = (site) => {
  const { builder } = site;
  const axis = site.axis(site.int('axis', -1), site.shape(0).length);
  return site.each(() =>
    builder.subtract(site.g, builder.multiply(builder.unary('Exp', site.y()), builder.sum(site.g, [axis], true))),
  );
};

/** Statistics are constants: only scale and bias are trained. dγ = (Σg·x − μ·Σg)/√(σ² + ε), dβ = Σg. */
const batchNormalization: GradientRule = (site) => {
  const { builder, g } = site;
  if (site.int('training_mode', 0) === 1) return { reason: 'it takes its statistics from the batch' };
  if (site.needs(3) || site.needs(4)) return { reason: 'its statistics are computed' };
  const rank = site.shape(0).length;
  const others = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1);
  const alongChannels = site.shape(0).map((size, axis) => (axis === 1 ? size : 1));
  const variance = builder.add(site.x(4), builder.scalar(site.float('epsilon', 1e-5)));
  const inverse = builder.unary('Reciprocal', builder.unary('Sqrt', variance));
  return site.each(
    () => builder.multiply(g, builder.reshape(builder.multiply(site.x(1), inverse), alongChannels)),
    () => {
      const products = builder.sum(builder.multiply(g, site.x(0)), others);
      const centered = builder.subtract(products, builder.multiply(site.x(3), builder.sum(g, others)));
      return builder.multiply(centered, inverse);
    },
    () => builder.sum(g, others),
  );
};

interface NormalizedRows {
  readonly axes: readonly number[];
  /** (x − mean)/√(variance + ε) */
  readonly normalized: ValueName;
  readonly inverse: ValueName;
}

/** Computed again from x: the operator's own optional outputs would keep it from its fast kernel. */
function normalizeRows(site: GradientSite, axes: readonly number[]): NormalizedRows {
  const { builder } = site;
  const centered = builder.subtract(site.x(0), builder.mean(site.x(0), axes, true));
  const variance = builder.mean(builder.multiply(centered, centered), axes, true);
  const deviation = builder.unary('Sqrt', builder.add(variance, builder.scalar(site.float('epsilon', 1e-5))));
  const inverse = builder.unary('Reciprocal', deviation);
  return { axes, normalized: builder.multiply(centered, inverse), inverse };
}

/** r·(ĝ − mean ĝ − x̂·mean(ĝ·x̂)) for the gradient ĝ of the normalized rows x̂, r their inverse deviation. */
function throughRows({ builder }: GradientSite, rows: NormalizedRows, gradient: ValueName): ValueName {
  const { axes, normalized, inverse } = rows;
  const along = builder.mean(builder.multiply(gradient, normalized), axes, true);
  const centered = builder.subtract(gradient, builder.mean(gradient, axes, true));
  return builder.multiply(inverse, builder.subtract(centered, builder.multiply(normalized, along)));
}

const layerNormalization: GradientRule = (site) => {
  const { builder, g } = site;
  const rank = site.shape(0).length;
  const first = site.axis(site.int('axis', -1), rank);
  const rows = normalizeRows(
    site,
    Array.from({ length: rank - first }, (_, index) => first + index),
  );
  return site.each(
    () => throughRows(site, rows, builder.multiply(g, site.x(1))),
    () => builder.unbroadcast(builder.multiply(g, rows.normalized), site.shape(1)),
    () => builder.unbroadcast(g, site.shape(2)),
  );
};

const instanceNormalization: GradientRule = (site) => {
  const { builder, g } = site;
  const shape = site.shape(0);
  const alongChannels = shape.map((size, axis) => (axis === 1 ? size : 1));
  const rows = normalizeRows(
    site,
    shape.flatMap((_, axis) => (axis < 2 ? [] : [axis])),
  );
  const toChannels = (gradient: ValueName): ValueName =>
    builder.reshape(builder.unbroadcast(gradient, alongChannels), site.shape(1));
  return site.each(
    () => throughRows(site, rows, builder.multiply(g, builder.reshape(site.x(1), alongChannels))),
    () => toChannels(builder.multiply(g, rows.normalized)),
    () => toChannels(g),
  );
};

/** The normalization is x/√(mean x² + ε)·γ, without subtracting the mean. */
const rmsNormalization: GradientRule = (site) => {
  const { builder, g } = site;
  const shape = site.shape(0);
  const first = site.axis(site.int('axis', -1), shape.length);
  const axes = Array.from({ length: shape.length - first }, (_, index) => first + index);
  const square = builder.mean(builder.multiply(site.x(0), site.x(0)), axes, true);
  const deviation = builder.unary('Sqrt', builder.add(square, builder.scalar(site.float('epsilon', 1e-5))));
  const inverse = builder.unary('Reciprocal', deviation);
  const normalized = builder.multiply(site.x(0), inverse);
  return site.each(
    () => {
      const scaled = builder.multiply(g, site.x(1));
      const along = builder.scale(
        builder.sum(builder.multiply(scaled, normalized), axes, true),
        1 / productOf(shape.slice(first)),
      );
      return builder.multiply(inverse, builder.subtract(scaled, builder.multiply(normalized, along)));
    },
    () => builder.unbroadcast(builder.multiply(g, normalized), site.shape(1)),
  );
};

export const normalizationGradients: GradientFamily = new Map<string, GradientRule>([
  ['Softmax', softmax],
  ['LogSoftmax', logSoftmax],
  ['BatchNormalization', batchNormalization],
  ['LayerNormalization', layerNormalization],
  ['InstanceNormalization', instanceNormalization],
  ['RMSNormalization', rmsNormalization],
]);
