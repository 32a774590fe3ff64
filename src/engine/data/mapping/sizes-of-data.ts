import type { DataField } from '../dataset';
import type { FreeDimensions, InputDescription } from '../feeds';
import { freeDimensionKey } from '../free-dimensions';
import { ownValue } from '../../own-value';
import type { DataMapping } from './mapping';

/**
 * Returns sizes of open dimensions that follow from arrays, for inputs whose axes after the batch are those of one
 * sample. A text model is assumed to have no more positions than its data has tokens. There is no size if samples
 * differ in it. Texts that are padded to a length have that size.
 */
export function sizesOfData(
  inputs: readonly InputDescription[],
  mapping: Pick<DataMapping, 'inputs'>,
  fields: readonly DataField[],
): FreeDimensions {
  const sizes = new Map<string, number>();
  for (const input of inputs) {
    const mapped = ownValue(mapping.inputs, input.name);
    if (mapped === undefined) continue;
    if ('text' in mapped) {
      const key = freeDimensionKey(input, 1);
      if (key !== undefined && mapped.text.padding === undefined) sizes.set(key, mapped.text.length);
      continue;
    }
    if (!('array' in mapped)) continue;
    const field = fields.find(({ name, kind }) => name === mapped.array && kind === 'numbers');
    if (field === undefined || input.shape?.length !== field.shape.length + 1) continue;
    for (const [axis, size] of field.shape.entries()) {
      const key = freeDimensionKey(input, axis + 1);
      if (key !== undefined && size !== null && size > 0) sizes.set(key, size);
    }
  }
  return Object.fromEntries(sizes);
}
