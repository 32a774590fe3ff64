import { ParetoError } from '../../errors';
import type { DataField, DatasetDescription } from '../dataset';

/** The fields of these names, in that order. Throws `data/no-field` for one that the data set does not have. */
export function requestedFields(
  description: Pick<DatasetDescription, 'name' | 'fields'>,
  names: readonly string[],
): readonly DataField[] {
  return names.map((name) => {
    const field = description.fields.find((candidate) => candidate.name === name);
    if (field !== undefined) return field;
    const known = description.fields.map((candidate) => `"${candidate.name}"`).join(', ');
    throw new ParetoError('data/no-field', `There is no field "${name}" in "${description.name}". It has ${known}.`);
  });
}
