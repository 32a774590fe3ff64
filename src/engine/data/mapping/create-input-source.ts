import type { InputDescription } from '../feeds';
import { createArraySource } from './array-source';
import type { InputSource, SourceContext } from './input-source';
import type { InputMapping } from './mapping';
import { createPictureSource } from './picture-source';
import { createSoundSource } from './sound-source';
import { createTextSource } from './text-source';

/**
 * `undefined` for an input that takes nothing from the data: a constant or a state. Throws a ParetoError if the data
 * does not fit the input.
 */
export function createInputSource(
  input: InputDescription,
  mapping: InputMapping,
  context: SourceContext,
): InputSource | undefined {
  if ('array' in mapping) return createArraySource(input, mapping, context);
  if ('image' in mapping) return createPictureSource(input, mapping.image, context);
  if ('sound' in mapping) return createSoundSource(input, mapping.sound, context);
  if ('text' in mapping) return createTextSource(input, mapping.text, context);
  return undefined;
}
