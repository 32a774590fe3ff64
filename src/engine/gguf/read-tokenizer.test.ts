import { expect, it } from 'vitest';
import { openTokenizer, type TextTokenizer } from '../data/tokenizer/text-tokenizer';
import { MemorySource } from '../onnx/byte-source';
import { startCpuClock } from '../testing/cpu-clock';
import type { GgufScalar } from './read-gguf';
import { readGgufTokenizer } from './read-tokenizer';

type Entries = Readonly<Record<string, GgufScalar | readonly GgufScalar[]>>;

const read = (entries: Entries) =>
  readGgufTokenizer({
    metadata: new Map(Object.entries(entries).map(([key, value]) => [`tokenizer.ggml.${key}`, value])),
    tensors: new Map(),
  });

async function open(entries: Entries): Promise<TextTokenizer> {
  const tokenizer = read(entries);
  if (!('json' in tokenizer)) throw new Error(tokenizer.reason);
  const source = new MemorySource(new TextEncoder().encode(JSON.stringify(tokenizer.json)));
  return openTokenizer({ path: 'tokenizer.json', source });
}

const tokensOf = (tokenizer: TextTokenizer, text: string) => tokenizer.encode([text], null).tokens;

const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789.', 'Ġ', 'Ċ', 'Ã', '¶'];
const bpe: Entries = {
  model: 'gpt2',
  tokens: ['<|endoftext|>', '<|im_end|>', ...letters, 'he', 'll', 'hell', 'hello', 'Ġhello', '12', '__proto__'],
  token_type: [3, 3, ...letters.map(() => 1), 1, 1, 1, 1, 1, 1, 4],
  merges: ['h e', 'l l', 'he ll', 'hell o', 'Ġ hello', '1 2'],
  bos_token_id: 0,
  eos_token_id: 1,
};

it('reads byte-level pairs, and splits words by the rules of the file', async () => {
  const text = 'hello hello 123\n__proto__<|im_end|>';
  const split = ['hello', 'Ġhello', 'Ġ'];
  const smollm = await open({ ...bpe, pre: 'smollm' });
  const end = ['Ċ', '__proto__', '<|im_end|>'];
  expect(tokensOf(smollm, text)).toEqual([...split, '1', '2', '3', ...end]);
  expect(tokensOf(await open({ ...bpe, pre: 'qwen2' }), text)).toEqual([...split, '1', '2', '3', ...end]);
  expect(tokensOf(await open({ ...bpe, pre: 'gpt-2' }), text)).toEqual([...split, '12', '3', ...end]);
  expect(smollm.decode(smollm.encode(['hello wö 1'], null).ids)).toBe('hello wö 1');
  expect(smollm.ends).toEqual([0, 1]);
});

it('puts the tokens around a text that the file asks for', async () => {
  const asked = await open({ ...bpe, pre: 'smollm', add_bos_token: true, add_eos_token: true });
  expect(tokensOf(asked, 'hello')).toEqual(['<|endoftext|>', 'hello', '<|im_end|>']);
  // Llama 3 asks for it by its rules alone.
  expect(tokensOf(await open({ ...bpe, pre: 'llama-bpe' }), 'hello')).toEqual(['<|endoftext|>', 'hello']);
});

const pieces = ['▁', 'h', 'e', 'l', 'o', 'he', 'll', 'llo', '▁he', '▁hello', 'hello'];
const sentencePiece: Entries = {
  model: 'llama',
  tokens: ['<unk>', '<s>', '</s>', '<0xC3>', '<0xB6>', ...pieces],
  scores: [0, 0, 0, 0, 0, -9, -9, -9, -9, -9, -2, -1, -3, -4, -6, -5],
  token_type: [2, 3, 3, 6, 6, ...pieces.map(() => 1)],
  unknown_token_id: 0,
  bos_token_id: 1,
  eos_token_id: 2,
};

it('reads the pieces of SentencePiece, the best scores first, with bytes for the rest', async () => {
  const tokenizer = await open(sentencePiece);
  expect(tokensOf(tokenizer, 'hello öhe')).toEqual(['<s>', '▁hello', '▁', '<0xC3>', '<0xB6>', 'he']);
  expect(tokenizer.decode(tokenizer.encode(['hello öhe'], null).ids)).toBe('hello öhe');
});

it('answers a vocabulary of long pieces soon', () => {
  const tokens = Array.from({ length: 3000 }, (_, id) => `${id}`.padEnd(256, 'x'));
  const spentMs = startCpuClock();
  expect(read({ ...sentencePiece, tokens, scores: tokens.map(() => 0) })).toMatchObject({
    json: { model: { merges: [] } },
  });
  expect(spentMs()).toBeLessThan(2000);
});

it('says why there is no tokenizer', () => {
  expect(read({})).toEqual({ reason: 'the file has none.' });
  expect(read({ ...bpe, pre: 'unheard-of' })).toEqual({ reason: expect.stringContaining('unheard-of') as string });
  expect(read({ ...bpe, model: 'rwkv' })).toEqual({ reason: expect.stringContaining('rwkv') as string });
  expect(read({ ...sentencePiece, scores: [1] })).toEqual({ reason: expect.stringContaining('score') as string });
});
