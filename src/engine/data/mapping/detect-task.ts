/** Detects the task that fits a model and labels if none is given. */
import type { ShapeEntry } from '../../onnx/declared-shape';
import type { EvaluationTask } from './mapping';

/** Known facts about an output, from its description in the model or from a first run. */
export interface KnownOutput {
  readonly name: string;
  readonly dtype: string;
  /** The shape with the batch axis. `null`: the rank is unknown. */
  readonly shape: readonly ShapeEntry[] | null;
}

/**
 * A task that follows from shapes and labels. The values of all samples show where yes begins: see `EvenOddsScorer`.
 */
export type DetectedTask =
  Exclude<EvaluationTask, { readonly kind: 'binary' }> | { readonly kind: 'binary'; readonly output: string };

/** Known facts about the labels. */
export interface KnownLabels {
  /** The labels are boxes in pictures. */
  readonly areBoxes?: true;
  /** `int64`, `float32`, … */
  readonly dtype: string;
  /** Numbers per sample. */
  readonly width: number;
  /** The number of classes with names. */
  readonly classes?: number;
  /** Some of the labels, to see facts that the type does not show: whether they are whole, and only 0 and 1. */
  readonly values?: ArrayLike<number>;
}

const scoreNames = /logit|prob|score|softmax|class|pred/i;
const vectorNames = /embed/i;
const mostClasses = 100_000;

/**
 * Returns the first of these tasks that fits:
 *
 * - classification: whole labels, and an output with several scores per sample. Among several outputs, the one with as
 *   many scores as there are class names comes first, then one with a telling name;
 * - retrieval: whole labels, and that output is called an embedding and has another width;
 * - binary: labels 0 and 1, and an output with one float per sample;
 * - classification by number or name: whole labels, and an output with one integer or one text per sample;
 * - regression: labels without names, and an output with as many floats as the label has.
 *
 * Labels that are boxes evaluate an output that is guessed by its name, until `findBoxes` sees values. Otherwise outputs
 * can only be matched.
 */
export function detectTask(outputs: readonly KnownOutput[], labels: KnownLabels | null): DetectedTask {
  if (labels === null) return { kind: 'match' };
  if (labels.areBoxes) {
    const output = outputs.find(({ name }) => /box|dets?\b/i.test(name)) ?? outputs[0];
    return output === undefined ? { kind: 'match' } : { kind: 'detection', output: output.name };
  }
  const widths = outputs.map((output) => ({
    output,
    width: rowWidth(output),
    isFloat: output.dtype.startsWith('float'),
  }));
  if (areClasses(labels)) {
    const scores = widths.filter(({ isFloat, width }) => isFloat && width > 1 && width <= mostClasses);
    const best =
      scores.find(({ width }) => width === (labels.classes ?? (labels.width > 1 ? labels.width : undefined))) ??
      scores.find(({ output }) => scoreNames.test(output.name)) ??
      scores[0];
    if (best) {
      const { name } = best.output;
      const areVectors = vectorNames.test(name) && !scoreNames.test(name) && best.width !== labels.classes;
      return { kind: areVectors && labels.width === 1 ? 'retrieval' : 'classification', output: name };
    }
    const single = widths.find(({ isFloat, width }) => isFloat && width === 1);
    if (single && areYesOrNo(labels)) return { kind: 'binary', output: single.output.name };
    const answers = widths.filter(({ isFloat, width }) => !isFloat && width === 1);
    const answer = answers.find(({ output }) => output.dtype !== 'string') ?? answers[0];
    if (answer) return { kind: 'classification', output: answer.output.name };
  }
  // Only a person can say whether a class name is an amount, such as a folder "20".
  const fitting =
    labels.classes !== undefined ? undefined : widths.find(({ isFloat, width }) => isFloat && width === labels.width);
  return fitting ? { kind: 'regression', output: fitting.output.name } : { kind: 'match' };
}

/** Numbers per sample: the product of all dimensions but the first, with axes of 1. NaN when it is not fixed or not flat. */
export function rowWidth({ shape }: KnownOutput): number {
  if (shape === null) return Number.NaN;
  const sizes = shape.slice(1).filter((entry) => entry !== 1);
  // Several axes mean a picture or a sequence, which one label cannot evaluate.
  if (sizes.length > 1) return Number.NaN;
  const [size = 1] = sizes;
  return typeof size === 'number' && size > 0 ? size : Number.NaN;
}

function areClasses({ dtype, classes, values, width }: KnownLabels): boolean {
  if (classes !== undefined) return true;
  if (values !== undefined && values.length > 0) {
    // Some numbers below 0 say "not labeled": −1 in many data sets.
    const known = Array.from(values).filter((value) => value >= 0);
    const isWhole = Array.from(values).every(Number.isInteger) && known.length >= values.length / 2;
    // Several whole numbers are a class only as one-hot.
    return (
      isWhole &&
      (width === 1 || Array.from(values).every((value) => value === 0 || value === 1)) &&
      !isFloatTarget(dtype, values)
    );
  }
  return !dtype.startsWith('float');
}

/** Whole floats with many different values are amounts, not classes. */
function isFloatTarget(dtype: string, values: ArrayLike<number>): boolean {
  return dtype.startsWith('float') && new Set(Array.from(values)).size > 20;
}

function areYesOrNo({ classes, dtype, values, width }: KnownLabels): boolean {
  if (width !== 1) return false;
  if (values !== undefined && values.length > 0) return Array.from(values).every((value) => value === 0 || value === 1);
  return classes === 2 || dtype === 'bool';
}
