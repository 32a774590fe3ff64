/** An order of classes beside the scores that it is the order of. */
import { ParetoError } from '../errors';
import { formatCount } from '../format';
import type { AccuracyWarning } from './evaluation';

export interface OrderedOutput {
  readonly name: string;
  /** Scores per sample. An output with one number gives the class itself, and has room for any. */
  readonly width: number;
}

/**
 * A warning for an order that names fewer classes than the output has scores: those of the end have no name, which is rarely
 * meant. Throws `mapping/classes` for one that names more, which can never be the model's.
 */
export function checkClassCount(
  classes: readonly string[],
  { name, width }: OrderedOutput,
): AccuracyWarning | undefined {
  if (width <= 1 || classes.length === width) return undefined;
  const counts = `The class order has ${formatCount(classes.length)} classes, and output "${name}" has ${formatCount(width)} scores`;
  if (classes.length > width) {
    throw new ParetoError(
      'mapping/classes',
      `${counts}. List the classes of the model, one for each score in its order.`,
    );
  }
  return {
    code: 'class-count',
    message: `${counts}, so the order stands for the first ${formatCount(classes.length)} of them. Where the model has more classes, list all of them in its order.`,
  };
}
