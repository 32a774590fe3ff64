/** Columns of a table that identify its rows and hold no features: `id`, `patient_id`. */
import { formatList } from '../../format';
import type { InputDescription } from '../feeds';
import { isNamedAsIdentifier } from '../identifier-names';
import { takesColumns } from './fit-shape';

/**
 * Returns the columns that are only identifiers: they have such a name, and the model takes exactly as many columns as
 * there are without them. A model that takes all was trained with them.
 */
export function identifiersAmong(columns: readonly string[], inputs: readonly InputDescription[]): readonly string[] {
  const found = columns.filter(isNamedAsIdentifier);
  const isWithout = takesColumns(inputs, columns.length - found.length) && !takesColumns(inputs, columns.length);
  return isWithout ? found : [];
}

/** Tells people that these columns feed nothing, and why. */
export function describeIdentifiers(columns: readonly string[]): string {
  const names = formatList(columns.map((name) => `"${name}"`));
  return `Left out ${names}: by its name it identifies rows, and without it the column count fits the model.`;
}
