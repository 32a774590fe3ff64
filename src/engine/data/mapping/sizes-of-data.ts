import type { DataField } from '../dataset';
import type { FreeDimensions, InputDescription } from '../feeds';
import { freeDimensionKey } from '../free-dimensions';
import { ownValue } from '../../own-value';
import type { DataMapping } from './mapping';

/**
 * Sizes of open dimensions that arrays settle: of an input whose axes after the batch are those of one sample. A text model
 * has no more positions than its data has tokens, for all that anyone can tell. Where samples differ in size, nothing is said. Texts that
 * are padded to a length have it.
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
