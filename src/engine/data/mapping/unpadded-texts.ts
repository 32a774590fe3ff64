import type { FreeDimensions, InputDescription } from '../feeds';
import { freeDimensionKey } from '../free-dimensions';
import type { DataMapping } from './mapping';

interface Fed {
  readonly mapping: DataMapping;
  readonly freeDimensions: FreeDimensions;
}

/**
 * Removes the padding that the model ignores. Texts are padded only to the longest text of a run. All inputs of tokens
 * must have an open length, and one of them must be the attention mask. A run then takes a fraction of the time, and
 * outputs of padding are not compared. Returns the argument otherwise.
 */
export function withoutPadding({ mapping, freeDimensions }: Fed, inputs: readonly InputDescription[]): Fed {
  const texts = Object.entries(mapping.inputs).flatMap(([name, mapped]) =>
    'text' in mapped ? [{ name, mapped }] : [],
  );
  if (!texts.some(({ mapped }) => mapped.text.gives === 'attention_mask')) return { mapping, freeDimensions };
  const keys = texts.map(({ name }) => {
    const input = inputs.find((each) => each.name === name);
    return input && freeDimensionKey(input, 1);
  });
  if (keys.includes(undefined)) return { mapping, freeDimensions };
  const unpadded = texts.map(({ name, mapped }) => [name, { text: { ...mapped.text, padding: 'longest' } }] as const);
  const dimensions = Object.entries(freeDimensions).filter(([key]) => !keys.includes(key));
  return {
    mapping: { ...mapping, inputs: { ...mapping.inputs, ...Object.fromEntries(unpadded) } },
    freeDimensions: Object.fromEntries(dimensions),
  };
}
