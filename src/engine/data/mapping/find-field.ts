/** Finds the field of the data that a mapping means. */
import { ParetoError } from '../../errors';
import { formatList } from '../../format';
import type { DataField, DatasetDescription } from '../dataset';
import { formatShape } from './fit-shape';
import type { LabelMapping } from './mapping';
import { isPictureShape } from './picture-of-tensor';

/** Throws `mapping/field` naming what there is. */
export function findField({ name, fields }: DatasetDescription, wanted: string): DataField {
  const field = fields.find((each) => each.name === wanted);
  if (field) return field;
  const known = formatList(fields.map((each) => `"${each.name}"`));
  throw new ParetoError('mapping/field', `${name} has no field "${wanted}". It has ${known || 'none'}.`);
}

/** The field named, or the only one that can be read as a picture. Throws `mapping/field` if that is not clear. */
export function findPictureField(description: DatasetDescription, wanted?: string): DataField {
  return findOnly(description, wanted, 'an image', canBePicture);
}

/** The field named, or the only one with sounds. Throws `mapping/field` if that is not clear. */
export function findSoundField(description: DatasetDescription, wanted?: string): DataField {
  return findOnly(description, wanted, 'a sound', ({ kind }) => kind === 'sound');
}

/** The field named, or the only one with texts. Throws `mapping/field` if that is not clear. */
export function findTextField(description: DatasetDescription, wanted?: string): DataField {
  return findOnly(description, wanted, 'a text', ({ kind }) => kind === 'text');
}

/** The field with the labels; `undefined` if the mapping has none. Throws `mapping/field` when it is not there. */
export function findLabelField(description: DatasetDescription, labels: LabelMapping): DataField | undefined {
  if (labels === null) return undefined;
  if ('array' in labels) {
    const { fields, labelProblem } = description;
    if (labelProblem !== undefined && fields.every(({ name }) => name !== labels.array)) {
      throw new ParetoError('mapping/field', labelProblem);
    }
    return findField(description, labels.array);
  }
  const folders = description.fields.find(({ kind }) => kind === 'class');
  if (folders) return folders;
  throw new ParetoError(
    'mapping/field',
    `${description.name} has no sub-folders to read classes from. Put the samples of each class in a separate folder.`,
  );
}

/** Pictures, and arrays of bytes that are shaped like one. */
export function canBePicture({ kind, dtype, shape }: DataField): boolean {
  return kind === 'picture' || (kind === 'numbers' && dtype === 'uint8' && isPictureShape(shape));
}

function findOnly(
  description: DatasetDescription,
  wanted: string | undefined,
  what: string,
  matches: (field: DataField) => boolean,
): DataField {
  if (wanted !== undefined) {
    const field = findField(description, wanted);
    if (matches(field)) return field;
    throw new ParetoError(
      'mapping/field',
      `The field "${wanted}" of ${description.name} cannot be read as ${what}: it contains ${field.dtype} of shape ${formatShape(field.shape)}.`,
    );
  }
  const found = description.fields.filter(matches);
  if (found.length === 1) return found[0]!;
  const names = formatList(found.map(({ name }) => `"${name}"`));
  throw new ParetoError(
    'mapping/field',
    found.length === 0
      ? `${description.name} has no field that can be read as ${what}.`
      : `${description.name} has several fields that can be read as ${what}: ${names}. Name one with "array".`,
  );
}
