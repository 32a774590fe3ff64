/** Reads the outputs that the data recorded for a model: test data of ONNX models has them. */
import type { DataField, DatasetDescription, FieldValue } from '../dataset';
import type { Feeds } from '../feeds';
import { ownValue } from '../../own-value';

/** A field that holds a recorded output. */
export type RecordedField = DataField & Required<Pick<DataField, 'recordedOutput'>>;

export function recordedFields({ fields }: DatasetDescription): readonly RecordedField[] {
  return fields.filter((field): field is RecordedField => field.recordedOutput !== undefined);
}

/**
 * Returns the recorded outputs of one sample by the names of the model's outputs. They are matched by the recorded
 * names if all of them are outputs. Otherwise they are matched by position, because a model with renamed outputs
 * computes the same values. A recording without an output keeps the name of its field, and so is missing from every
 * comparison. Recorded tensors are returned whole and unchanged.
 *
 * @param outputNames in the order of the model
 */
export function recordedOutputs(
  fields: readonly RecordedField[],
  values: Readonly<Record<string, FieldValue>>,
  outputNames: readonly string[],
): Feeds {
  const names = fields.map(({ recordedOutput }) => recordedOutput.name);
  const isByName = new Set(names).size === names.length && names.every((name) => outputNames.includes(name));
  return Object.fromEntries(
    fields.flatMap(({ name: field, recordedOutput: { name, position } }) => {
      const value = ownValue(values, field);
      if (value?.kind !== 'tensor') return [];
      return [[isByName ? name : (outputNames[position] ?? field), value.tensor] as const];
    }),
  );
}
