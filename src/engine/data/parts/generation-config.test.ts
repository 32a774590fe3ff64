import { expect, it } from 'vitest';
import { readGenerationConfig } from './generation-config';

it('prefers given settings to the generation file, and that file to the model file', () => {
  const generation = { decoder_start_token_id: 5, bad_words_ids: [[5], [1, 2]], forced_bos_token_id: 9 };
  const config = {
    decoder_start_token_id: 1,
    eos_token_id: [2, 3],
    suppress_tokens: [7],
    forced_decoder_ids: [[2, 8]],
  };
  const texts = [JSON.stringify(generation), JSON.stringify(config)] as const;
  expect(readGenerationConfig(...texts)).toEqual({
    ...{ start: 5, ends: [2, 3], suppressed: [5, 7] },
    forced: new Map([
      [1, 9],
      [2, 8],
    ]),
  });
  expect(readGenerationConfig(...texts, { start: 0, ends: [4] })).toMatchObject({ start: 0, ends: [4] });
  expect(readGenerationConfig(null, '{"decoder":{"decoder_start_token_id":6}}')).toMatchObject({ start: 6, ends: [] });
  expect(readGenerationConfig(null, '{"bos_token_id":0}')).toMatchObject({ start: 0 });
  expect(readGenerationConfig(null, null)).toBeUndefined();
});

it.each([
  ['[1]', /generation_config\.json is not a JSON object/],
  ['{', /not a JSON object/],
  ['{"decoder_start_token_id":"<s>"}', /decoder_start_token_id must hold token ids/],
  ['{"decoder_start_token_id":1,"eos_token_id":-1}', /eos_token_id must hold token ids/],
  ['{"decoder_start_token_id":1,"forced_decoder_ids":[[1,{}]]}', /forced_decoder_ids must hold token ids/],
])('refuses %s with a sentence', (text, reason) => {
  expect(() => readGenerationConfig(text, null)).toThrow(reason);
});
