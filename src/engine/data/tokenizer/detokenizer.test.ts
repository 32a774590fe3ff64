import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { MemorySource } from '../../onnx/byte-source';
import { readDecoder } from './detokenizer';
import { openTokenizer } from './text-tokenizer';

const llama = {
  type: 'Sequence',
  decoders: [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    { type: 'Strip', content: ' ', start: 1, stop: 0 },
  ],
};
const text = (decoder: unknown, ...tokens: readonly string[]): string => readDecoder(decoder)(tokens).join('');

it('writes tokens as text as each kind of decoder does', () => {
  expect(text({ type: 'ByteLevel' }, 'He', 'llo', 'ĠwÃ¶', 'rld')).toBe('Hello wörld');
  // An added token is not written by bytes.
  expect(text({ type: 'ByteLevel' }, 'Ġa', 'é b', 'Ġc')).toBe(' aé b c');
  expect(text(llama, '▁He', 'llo', '▁', '<0xE2>', '<0x82>', '<0xAC>', '<0xFF>')).toBe('Hello \ufffd\ufffd\ufffd\ufffd');
  expect(text(llama, '▁He', '<0xE2>', '<0x82>', '<0xAC>', '!')).toBe('He€!');
  expect(text({ type: 'Metaspace', replacement: '▁' }, '▁▁a', '▁b')).toBe('a b');
  expect(text({ type: 'WordPiece', prefix: '##', cleanup: true }, 'play', '##ing', 'now', '!')).toBe('playing now!');
  expect(text({ type: 'BPEDecoder', suffix: '</w>' }, 'he', 'llo</w>', 'you</w>')).toBe('hello you');
  expect(text(null, 'a', 'b')).toBe('a b');
});

it('refuses unknown decoders and too deep nesting', () => {
  expect(() => readDecoder({ type: 'CTC' })).toThrow('Its decoder "CTC" is not supported');
  let deep: unknown = { type: 'Fuse' };
  for (let depth = 0; depth < 12; depth++) deep = { type: 'Sequence', decoders: [deep] };
  expect(() => readDecoder(deep)).toThrow('nested too deeply');
});

it('gives back the text that was encoded, without special tokens', async () => {
  const file = path.join(import.meta.dirname, 'fixtures/gpt2.json');
  const json = { ...(JSON.parse(readFileSync(file, 'utf8')) as object), decoder: { type: 'ByteLevel' } };
  const source = new MemorySource(new TextEncoder().encode(JSON.stringify(json)));
  const tokenizer = await openTokenizer({ path: 'tokenizer.json', source });
  const { ids } = tokenizer.encode(['Tokens, twice: naïve café 123.'], null);
  expect(tokenizer.decode([...ids, 0, 9_999_999])).toBe('Tokens, twice: naïve café 123.');
  expect(tokenizer.ends).toEqual([0]);
});
