import { expect, it } from 'vitest';
import type { InputDescription } from '../feeds';
import { withoutPadding } from './unpadded-texts';

const input = (name: string, tokens: number | string): InputDescription => ({
  name,
  dtype: 'int64',
  shape: ['batch', tokens],
});
const textOf = (gives: 'input_ids' | 'attention_mask') => ({ text: { gives, length: 128 } }) as const;
const mapping = {
  version: 1,
  inputs: { ids: textOf('input_ids'), mask: textOf('attention_mask') },
  labels: null,
} as unknown as Parameters<typeof withoutPadding>[0]['mapping'];
const freeDimensions = { batch: 1, tokens: 128 };

it('pads texts only to the longest of a run, and frees the number of tokens', () => {
  const fed = withoutPadding({ mapping, freeDimensions }, [[input('ids', 'tokens'), input('mask', 'tokens')]]);
  expect(fed.mapping.inputs['ids']).toEqual({ text: { gives: 'input_ids', length: 128, padding: 'longest' } });
  expect(fed.mapping.inputs['mask']).toMatchObject({ text: { padding: 'longest' } });
  expect(fed.freeDimensions).toEqual({ batch: 1 });
});

it('keeps padding if the model fixes the length or the mask is missing', () => {
  const given = { mapping, freeDimensions };
  expect(withoutPadding(given, [[input('ids', 128), input('mask', 128)]])).toEqual(given);
  const unmasked = { mapping: { ...mapping, inputs: { ids: textOf('input_ids') } }, freeDimensions };
  expect(withoutPadding(unmasked, [[input('ids', 'tokens')]])).toEqual(unmasked);
});

it('keeps padding if one of the models or the provider fixes the length', () => {
  const given = { mapping, freeDimensions };
  const models = ['tokens', 128].map((tokens) => [input('ids', tokens), input('mask', tokens)]);
  expect(withoutPadding(given, models)).toBe(given);
  expect(withoutPadding(given, models.slice(0, 1), 'webnn-gpu')).toBe(given);
});
