/** Chooses what a step minimizes: the difference to the teacher's outputs, to labels, or both. */
import { DataType } from '../onnx/data-type';
import type { ValueName } from '../onnx/graph';
import { embedTeacher, logitsOf } from './embed-forward';
import { featureSeeds, type FeatureTarget } from './features';
import type { ForwardGraph, NotTrainable } from './prepare-forward';
import { sameShape, type StaticShape, type StepBuilder } from './step-builder';
import { wholeModel } from '../onnx/traverse';
import { intAttribute } from '../onnx/attributes';
import { productOf } from '../product-of';

export type LossSettings =
  /** Mean squared error to the teacher's outputs, or to its logits if it ends in Softmax. */
  | { readonly kind: 'teacher' }
  /** Cross-entropy to classes, or mean squared error to numbers. */
  | { readonly kind: 'labels'; readonly labels: LabelKind }
  /** alpha·CE to labels + (1 − alpha)·T²·KL to the teacher. */
  | { readonly kind: 'both'; readonly labels: LabelKind; readonly alpha: number; readonly temperature: number };

/** Rows of shares of classes, or numbers as the output gives them. */
export type LabelKind = 'classes' | 'values';

export interface EmittedLoss {
  readonly value: ValueName;
  /** The output of the student that the loss compares: its logits if it ends in Softmax. */
  readonly answers: ValueName;
  /** Gradients of answers, and of values inside that are to follow the teacher's. */
  readonly seeds: ReadonlyMap<ValueName, ValueName>;
}

interface LossParts {
  readonly student: ForwardGraph;
  readonly teacher?: ForwardGraph;
  readonly loss: LossSettings;
  readonly features?: readonly FeatureTarget[];
}

/** @param labels the input that takes labels of a shape. */
export function emitLoss(
  builder: StepBuilder,
  { student, teacher, loss, features = [] }: LossParts,
  labels: (shape: StaticShape) => ValueName,
): EmittedLoss | NotTrainable {
  const outputs = floatOutputs(student);
  if (outputs.length === 0) {
    return { ...wholeModel, reason: 'The model has no float output of known size to train on.' };
  }
  if (loss.kind === 'labels') {
    const z = logitsOf(student, outputs[0]!);
    const y = labels(builder.shapeOf(z));
    return seeded([[z, toLabels(builder, loss.labels, z, y)]], builder);
  }
  const teacherNames = teacher === undefined ? undefined : embedTeacher(builder, teacher);
  const pairs =
    teacher === undefined || teacherNames === undefined
      ? []
      : pairOutputs(builder, { student, teacher, teacherNames }, outputs);
  if (pairs.length === 0)
    return {
      ...wholeModel,
      reason: `No output of the teacher has the shape of an output of the model${teacher ? `: the teacher has ${shapesOf(teacher)}, the model ${shapesOf(student)}` : ''}.`,
    };
  if (loss.kind === 'teacher') {
    const error = pairs.length === 1 ? meanSquaredError : relativeSquaredError;
    const answers = seeded(
      pairs.map(({ z, t }) => [z, error(builder, z, t)]),
      builder,
    );
    // The value stays that of the answers, because the held-out samples are evaluated by it.
    return { ...answers, seeds: new Map([...featureSeeds(builder, features, teacherNames!), ...answers.seeds]) };
  }
  const [{ z, t }] = pairs as [OutputPair];
  const y = labels(builder.shapeOf(z));
  const taught =
    loss.labels === 'classes' ? distillation(builder, z, t, loss.temperature) : meanSquaredError(builder, z, t);
  const parts = [
    { loss: toLabels(builder, loss.labels, z, y), share: loss.alpha },
    { loss: taught, share: 1 - loss.alpha },
  ];
  return seeded([[z, weightedSum(builder, parts)]], builder);
}

function toLabels(builder: StepBuilder, kind: LabelKind, z: ValueName, y: ValueName): Loss {
  return kind === 'classes' ? crossEntropy(builder, z, y) : meanSquaredError(builder, z, y);
}

function seeded(losses: readonly (readonly [ValueName, Loss])[], builder: StepBuilder): EmittedLoss {
  const seeds = new Map<ValueName, ValueName>();
  for (const [z, { gradient }] of losses) {
    const before = seeds.get(z);
    seeds.set(z, before === undefined ? gradient : builder.add(before, gradient));
  }
  const [first, ...rest] = losses.map(([, { value }]) => value);
  return { value: rest.reduce((sum, value) => builder.add(sum, value), first!), answers: losses[0]![0], seeds };
}

function floatOutputs(forward: ForwardGraph): ValueName[] {
  return forward.graph.outputs.flatMap(({ name = '' }) => {
    const isFloat = forward.elementTypeOf(name) === DataType.float32;
    return isFloat && forward.shapeOf(logitsOf(forward, name)) !== undefined ? [name] : [];
  });
}

/** Formats the shapes of the outputs without the batch: `[10]`. */
function shapesOf(forward: ForwardGraph): string {
  const shapes = forward.graph.outputs.map(({ name = '' }) => forward.shapeOf(name)?.slice(1).join(', ') ?? '?');
  return shapes.map((shape) => `[${shape}]`).join(' and ');
}

interface OutputPair {
  readonly z: ValueName;
  readonly t: ValueName;
}

interface TeacherAndStudent {
  readonly student: ForwardGraph;
  readonly teacher: ForwardGraph;
  readonly teacherNames: ReadonlyMap<ValueName, ValueName>;
}

/** Outputs of one name belong together. If a name is missing, outputs in the same place do. */
function pairOutputs(
  builder: StepBuilder,
  { student, teacher, teacherNames }: TeacherAndStudent,
  outputs: readonly ValueName[],
): OutputPair[] {
  const names = teacher.graph.outputs.map(({ name = '' }) => name);
  return outputs.flatMap((output) => {
    const place = student.graph.outputs.findIndex(({ name }) => name === output);
    const partner = names.includes(output) ? output : names[place];
    if (partner === undefined) return [];
    const z = logitsOf(student, output);
    const t = teacherNames.get(logitsOf(teacher, partner))!;
    return builder.hasShape(t) && sameShape(builder.shapeOf(z), builder.shapeOf(t)) ? [{ z, t }] : [];
  });
}

/**
 * Losses and their gradients with respect to the student's outputs, emitted directly, without logarithms in the
 * backward pass. The student's logits are z [B, K] and the teacher's t; y are labels as rows of shares that add up to
 * one.
 */
interface Loss {
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
function meanSquaredError(builder: StepBuilder, z: ValueName, t: ValueName): Loss {
  const count = productOf(builder.shapeOf(z));
  const difference = builder.subtract(z, t);
  const value = builder.scale(total(builder, builder.multiply(difference, difference)), 1 / count);
  return { value, gradient: builder.scale(difference, 2 / count) };
}

/** The mean squared error in units of the teacher's variance over the batch, so that outputs of any scale count alike. */
function relativeSquaredError(builder: StepBuilder, z: ValueName, t: ValueName): Loss {
  const plain = meanSquaredError(builder, z, t);
  const axes = builder.shapeOf(t).map((_, axis) => axis);
  const centered = builder.subtract(t, builder.mean(t, axes, true));
  const variance = builder.mean(builder.multiply(centered, centered), axes);
  const inverse = builder.unary('Reciprocal', builder.add(variance, builder.scalar(1e-12)));
  return { value: builder.multiply(plain.value, inverse), gradient: builder.multiply(plain.gradient, inverse) };
}

/** −mean Σ y·log softmax z; gradient (softmax z − y)/B. */
function crossEntropy(builder: StepBuilder, z: ValueName, y: ValueName): Loss {
  const batch = builder.shapeOf(z)[0]!;
  const p = softmax(builder, z);
  const value = builder.scale(total(builder, builder.multiply(y, logarithm(builder, p))), -1 / batch);
  return { value, gradient: builder.scale(builder.subtract(p, y), 1 / batch) };
}

/** T²·KL(softmax t/T ‖ softmax z/T), mean over the batch; gradient T·(p_z − p_t)/B (Hinton et al. 2015). */
function distillation(builder: StepBuilder, z: ValueName, t: ValueName, temperature: number): Loss {
  const batch = builder.shapeOf(z)[0]!;
  const student = softmax(builder, builder.scale(z, 1 / temperature));
  const teacher = softmax(builder, builder.scale(t, 1 / temperature));
  const ratio = builder.subtract(logarithm(builder, teacher), logarithm(builder, student));
  const value = builder.scale(total(builder, builder.multiply(teacher, ratio)), temperature ** 2 / batch);
  return { value, gradient: builder.scale(builder.subtract(student, teacher), temperature / batch) };
}

/** The sum of losses of one output, each times its share. */
function weightedSum(builder: StepBuilder, parts: readonly { readonly loss: Loss; readonly share: number }[]): Loss {
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
