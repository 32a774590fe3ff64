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
 *
 * @param models the inputs of each model that is fed so.
 * @param ep the provider that runs them. With WebNN, a session has one length for all texts.
 */
export function withoutPadding(fed: Fed, models: readonly (readonly InputDescription[])[], ep = 'wasm'): Fed {
  if (ep.startsWith('webnn')) return fed;
  const unpadded = models.map((inputs) => unpaddedFor(fed, inputs));
  return unpadded.includes(fed) ? fed : (unpadded[0] ?? fed);
}

function unpaddedFor(fed: Fed, inputs: readonly InputDescription[]): Fed {
  const { mapping, freeDimensions } = fed;
  const texts = Object.entries(mapping.inputs).flatMap(([name, mapped]) =>
    'text' in mapped ? [{ name, mapped }] : [],
  );
  if (!texts.some(({ mapped }) => mapped.text.gives === 'attention_mask')) return fed;
  const keys = texts.map(({ name }) => {
    const input = inputs.find((each) => each.name === name);
    return input && freeDimensionKey(input, 1);
  });
  if (keys.includes(undefined)) return fed;
  const unpadded = texts.map(({ name, mapped }) => [name, { text: { ...mapped.text, padding: 'longest' } }] as const);
  const dimensions = Object.entries(freeDimensions).filter(([key]) => !keys.includes(key));
  return {
    mapping: { ...mapping, inputs: { ...mapping.inputs, ...Object.fromEntries(unpadded) } },
    freeDimensions: Object.fromEntries(dimensions),
  };
}
