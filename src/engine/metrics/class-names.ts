/** Names of classes, and whether an order of names fits the scores of an output. */
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
    throw new ParetoError('mapping/classes', `${counts}. List one class for each score, in the order of the model.`);
  }
  return {
    code: 'class-names',
    message: `${counts}, so the order applies to the first ${formatCount(classes.length)}. List all classes of the model in its order.`,
  };
}

/**
 * Returns the name of a class by its number. If classes have names, a class without one is never shown as its bare
 * number. The number may be the name of another class, for example of folders 4, 6 and 10.
 *
 * @param names in the order of the numbers; `undefined` if classes are numbers.
 */
export function className(number: number, names: readonly string[] | undefined): string {
  return names === undefined ? String(number) : (names[number] ?? `class ${number} of the model`);
}
