import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openTokenizer, type TextTokenizer } from '../data/tokenizer/text-tokenizer';
import { MemorySource } from '../onnx/byte-source';
import { startCpuClock } from '../testing/cpu-clock';
import type { GgufList, GgufScalar } from './read-gguf';
import { readGgufTokenizer } from './read-tokenizer';

type Entries = Readonly<Record<string, GgufScalar | readonly GgufScalar[]>>;

const listOf = (value: Entries[string]): GgufScalar | GgufList => {
  if (typeof value !== 'object') return value;
  return value.every((item) => typeof item === 'string') ? value : Float64Array.from(value, Number);
};

const read = (entries: Entries) =>
  readGgufTokenizer({
    metadata: new Map(Object.entries(entries).map(([key, value]) => [`tokenizer.ggml.${key}`, listOf(value)])),
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

const mergesOf = (tokens: readonly string[], scores: readonly number[]) => {
  const tokenizer = read({ ...sentencePiece, tokens, scores });
  return 'json' in tokenizer ? (tokenizer.json as { model: { merges: unknown } }).model.merges : tokenizer.reason;
};

/** `generate_merges` of transformers, word for word: every split of every token. */
function naiveMerges(tokens: readonly string[], scores: readonly number[]): readonly (readonly string[])[] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  return tokens
    .flatMap((token, id) => {
      const points = [...token];
      return points
        .slice(1)
        .map((_, at) => [points.slice(0, at + 1).join(''), points.slice(at + 1).join('')] as const)
        .filter(([left, right]) => ids.has(left) && ids.has(right))
        .toSorted((a, b) => ids.get(a[0])! - ids.get(b[0])! || ids.get(a[1])! - ids.get(b[1])!)
        .map((pair) => ({ pair, score: scores[id]! }));
    })
    .toSorted(
      (a, b) =>
        b.score - a.score ||
        [...b.pair[0]].length - [...a.pair[0]].length ||
        [...b.pair[1]].length - [...a.pair[1]].length,
    )
    .map(({ pair }) => pair);
}

it('finds the merges that trying every split of every token finds', () => {
  const token = fc
    .array(fc.constantFrom('a', '🙂', '▁'), { minLength: 1, maxLength: 4 })
    .map((points) => points.join(''));
  let found = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(token, fc.integer({ min: -3, max: 3 })), { minLength: 10, maxLength: 40 }),
      (vocabulary) => {
        const [tokens, scores] = [vocabulary.map(([text]) => text), vocabulary.map(([, score]) => score)];
        const expected = naiveMerges(tokens, scores);
        expect(mergesOf(tokens, scores)).toEqual(expected);
        found += expected.length;
      },
    ),
  );
  expect(found).toBeGreaterThan(100);
});

it('refuses a vocabulary whose tokens all consist of each other', () => {
  const tails = Array.from({ length: 255 }, (_, at) => 'x'.repeat(at + 1));
  const vocabulary = (starts: number): readonly string[] => [
    ...tails,
    ...Array.from({ length: starts }, (_, id) => String.fromCodePoint(0x4e00 + id)).flatMap((start) =>
      tails.map((tail) => start + tail),
    ),
  ];
  const zeros = (tokens: readonly string[]) => tokens.map(() => 0);
  expect(mergesOf(vocabulary(1), zeros(vocabulary(1)))).toHaveLength((255 * 254) / 2 + (255 * 254) / 2);
  const spentMs = startCpuClock();
  expect(mergesOf(vocabulary(70), zeros(vocabulary(70)))).toContain('in more than 210,376 ways');
  expect(spentMs()).toBeLessThan(6000);
});

it('says why there is no tokenizer', () => {
  expect(read({})).toEqual({ reason: 'the file has none.' });
  expect(read({ ...bpe, pre: 'unheard-of' })).toEqual({ reason: expect.stringContaining('unheard-of') as string });
  expect(read({ ...bpe, model: 'rwkv' })).toEqual({ reason: expect.stringContaining('rwkv') as string });
  expect(read({ ...sentencePiece, scores: [1] })).toEqual({ reason: expect.stringContaining('score') as string });
});
