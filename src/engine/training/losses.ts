/**
 * Losses and their gradients with respect to the student's outputs, emitted directly, without logarithms in the
 * backward pass. The student's logits are z [B, K] and the teacher's t; y are labels as rows of shares that add up to
 * one.
 */
import { intAttribute } from '../onnx/attributes';
import type { ValueName } from '../onnx/graph';
import type { StepBuilder } from './step-builder';
import { productOf } from '../product-of';

export interface Loss {
  /** A scalar, dims []. */
  readonly value: ValueName;
  /** The gradient of the value with respect to z. */
  readonly gradient: ValueName;
}

/** Σ over all elements as a scalar. */
function total(builder: StepBuilder, value: ValueName): ValueName {
  return builder.sum(
    value,
    builder.shapeOf(value).map((_, axis) => axis),
  );
}

/** mean (z − t)²; gradient 2(z − t)/n. */
export function meanSquaredError(builder: StepBuilder, z: ValueName, t: ValueName): Loss {
  const count = productOf(builder.shapeOf(z));
  const difference = builder.subtract(z, t);
  const value = builder.scale(total(builder, builder.multiply(difference, difference)), 1 / count);
  return { value, gradient: builder.scale(difference, 2 / count) };
}

/** The mean squared error in units of the teacher's variance over the batch, so that outputs of any scale count alike. */
export function relativeSquaredError(builder: StepBuilder, z: ValueName, t: ValueName): Loss {
  const plain = meanSquaredError(builder, z, t);
  const axes = builder.shapeOf(t).map((_, axis) => axis);
  const centered = builder.subtract(t, builder.mean(t, axes, true));
  const variance = builder.mean(builder.multiply(centered, centered), axes);
  const inverse = builder.unary('Reciprocal', builder.add(variance, builder.scalar(1e-12)));
  return { value: builder.multiply(plain.value, inverse), gradient: builder.multiply(plain.gradient, inverse) };
}

/** −mean Σ y·log softmax z; gradient (softmax z − y)/B. */
export function crossEntropy(builder: StepBuilder, z: ValueName, y: ValueName): Loss {
  const batch = builder.shapeOf(z)[0]!;
  const p = softmax(builder, z);
  const value = builder.scale(total(builder, builder.multiply(y, logarithm(builder, p))), -1 / batch);
  return { value, gradient: builder.scale(builder.subtract(p, y), 1 / batch) };
}

/** T²·KL(softmax t/T ‖ softmax z/T), mean over the batch; gradient T·(p_z − p_t)/B (Hinton et al. 2015). */
export function distillation(builder: StepBuilder, z: ValueName, t: ValueName, temperature: number): Loss {
  const batch = builder.shapeOf(z)[0]!;
  const student = softmax(builder, builder.scale(z, 1 / temperature));
  const teacher = softmax(builder, builder.scale(t, 1 / temperature));
  const ratio = builder.subtract(logarithm(builder, teacher), logarithm(builder, student));
  const value = builder.scale(total(builder, builder.multiply(teacher, ratio)), temperature ** 2 / batch);
  return { value, gradient: builder.scale(builder.subtract(student, teacher), temperature / batch) };
}

/** The sum of losses of one output, each times its share. */
export function weightedSum(
  builder: StepBuilder,
  parts: readonly { readonly loss: Loss; readonly share: number }[],
): Loss {
  const [first, ...rest] = parts.map(({ loss, share }) => ({
    value: builder.scale(loss.value, share),
    gradient: builder.scale(loss.gradient, share),
  }));
  return rest.reduce(
    (sum, each) => ({
      value: builder.add(sum.value, each.value),
      gradient: builder.add(sum.gradient, each.gradient),
    }),
    first!,
  );
}

function softmax(builder: StepBuilder, value: ValueName): ValueName {
  return builder.unary('Softmax', value, [intAttribute('axis', -1)]);
}

/** A share may be zero in float32. */
function logarithm(builder: StepBuilder, shares: ValueName): ValueName {
  return builder.unary('Log', builder.add(shares, builder.scalar(1e-30)));
}
