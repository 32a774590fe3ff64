import { ParetoError } from '../../errors';
import { tensorNumbers } from '../../metrics/tensor-numbers';
import type { DataField, FieldValue } from '../dataset';

/**
 * The label of a sample as numbers: one for a class or a scalar, several for a vector (which `classOfLabel` may read as
 * one-hot). Text that is a number counts as one, text that is the name of a class as the class's. Throws `data/label`.
 */
export function labelOf(value: FieldValue | undefined, field: DataField): Float64Array {
  if (value?.kind !== 'tensor') {
    throw new ParetoError('data/label', `The sample has no label in "${field.name}".`);
  }
  const { data } = value.tensor;
  const numbers = tensorNumbers(value.tensor);
  const label =
    numbers === undefined
      ? Float64Array.from(data as readonly string[], (text) => numberOfText(text, field))
      : Float64Array.from(numbers);
  if (label.length > 0 && label.every(Number.isFinite)) return label;
  throw new ParetoError('data/label', `The label in "${field.name}" is not a finite number.`);
}

function numberOfText(text: string, { name, classes }: DataField): number {
  const position = classes?.indexOf(text) ?? -1;
  if (position >= 0) return position;
  const number = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(number)) return number;
  throw new ParetoError(
    'data/label',
    `The label "${text.slice(0, 60)}" in "${name}" is neither a number nor the name of a class.`,
  );
}

/** The class that a label stands for: a whole number, or the place of the 1 in a one-hot vector. `null` for any other. */
export function classOfLabel(label: Float64Array): number | null {
  if (label.length === 1) return Number.isInteger(label[0]) && label[0]! >= 0 ? label[0]! : null;
  const place = label.indexOf(1);
  const isOneHot = place >= 0 && label.every((value, index) => value === (index === place ? 1 : 0));
  return isOneHot ? place : null;
}
