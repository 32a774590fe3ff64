import { ParetoError } from '../../errors';
import type { ColumnSelection, DataField, DatasetDescription, FieldRequest } from '../dataset';
import { isTable } from '../data-formats';

type Described = Pick<DatasetDescription, 'name' | 'format' | 'fields'>;

/**
 * The fields that are asked for, in that order. Throws `data/no-field` for one that the data set does not have, and
 * `data/no-columns` for columns of what is no table, `data/no-tokenizer` for tokens.
 */
export function requestedFields(description: Described, requests: readonly FieldRequest[]): readonly DataField[] {
  const byName = new Map(description.fields.map((field) => [field.name, field]));
  const fieldOf = (name: string): DataField => byName.get(name) ?? refuseUnknown(description, name);
  return requests.map((request) => {
    if (typeof request === 'string') return fieldOf(request);
    if ('texts' in request) throw withoutTokenizer(description);
    request.columns.forEach(fieldOf);
    return joinedField(description, request);
  });
}

/** Only data with a tokenizer reads texts as tokens. */
export function withoutTokenizer({ name }: Pick<Described, 'name'>): ParetoError {
  return new ParetoError(
    'data/no-tokenizer',
    `There is no tokenizer for "${name}". Add the model's tokenizer.json to the texts.`,
  );
}

function refuseUnknown({ name, fields }: Described, wanted: string): never {
  const known = fields.map((candidate) => `"${candidate.name}"`).join(', ');
  throw new ParetoError('data/no-field', `There is no field "${wanted}" in "${name}". It has ${known}.`);
}

function joinedField(description: Described, { name, columns }: ColumnSelection): DataField {
  if (!isTable(description.format)) {
    throw new ParetoError(
      'data/no-columns',
      `"${description.name}" is not a table, so it has no columns to combine. Use a field.`,
    );
  }
  return { name, kind: 'numbers', dtype: 'float64', shape: [columns.length], columns };
}
