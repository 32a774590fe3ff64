import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerOf, memoryFile } from '../testing/memory-files';
import { openTokenizer, type TextTokenizer } from './text-tokenizer';

const bert = JSON.parse(readFileSync('src/engine/data/tokenizer/fixtures/bert-uncased.json', 'utf8')) as Readonly<
  Record<string, unknown>
>;
const gpt = JSON.parse(readFileSync('src/engine/data/tokenizer/fixtures/gpt2.json', 'utf8')) as typeof bert;

const openText = (text: string): Promise<TextTokenizer> =>
  openTokenizer(memoryFile('a/tokenizer.json', new TextEncoder().encode(text)));
const open = (json: unknown): Promise<TextTokenizer> => openText(JSON.stringify(json));

describe('openTokenizer', () => {
  it('describes the name, kind, padding and length', async () => {
    const padding = { id: 0, typeId: 0, isLeft: false };
    const { description } = await open(bert);
    expect(description).toMatchObject({ name: 'tokenizer.json', kind: 'WordPiece', padding });
    expect(description.length).toBeUndefined();
    expect((await open({ ...bert, truncation: { max_length: 256 } })).description.length).toBe(256);
    const left = { strategy: { Fixed: 32 }, direction: 'Left', pad_id: 7, pad_type_id: 1, pad_token: '<p>' };
    expect((await open({ ...bert, padding: left, truncation: { max_length: 256 } })).description).toMatchObject({
      padding: { id: 7, typeId: 1, isLeft: true },
      length: 32,
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['no object', 3, /not valid/],
    ['a normalizer of tomorrow', { ...bert, normalizer: { type: 'Rot13' } }, /Its normalizer "Rot13" is not supported/],
    [
      'a pre-tokenizer that is not followed',
      { ...bert, pre_tokenizer: { type: 'UnicodeScripts' } },
      /"UnicodeScripts"/,
    ],
    [
      'a post-processor of tomorrow',
      { ...bert, post_processor: { type: 'X' } },
      /Its post-processor "X" is not supported/,
    ],
    [
      'a model of whole words',
      { ...bert, model: { type: 'WordLevel', vocab: { a: 0 } } },
      /Its model "WordLevel" is not supported/,
    ],
    [
      'an id that is no number',
      { ...bert, model: { type: 'WordPiece', vocab: { '[UNK]': 'x' } } },
      /vocabulary is damaged/,
    ],
    [
      'a vocabulary without its unknown word',
      { ...bert, model: { type: 'WordPiece', vocab: { a: 0 } } },
      /lacks "\[UNK\]"/,
    ],
    ['random merges', { ...gpt, model: { ...(gpt['model'] as object), dropout: 0.1 } }, /"dropout"/],
    ['damaged merges', { ...gpt, model: { ...(gpt['model'] as object), merges: [3] } }, /vocabulary is damaged/],
    [
      'a regular expression that is none',
      { ...gpt, pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated', invert: false } },
      /regular expression "\("/,
    ],
    [
      'a pattern without end',
      { ...bert, normalizer: { type: 'Replace', pattern: { String: 'x'.repeat(5000) }, content: '' } },
      /"Replace"/,
    ],
    [
      'a map of characters that is none',
      { ...bert, normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAAA' } },
      /map of characters/,
    ],
    ['added tokens that are none', { ...bert, added_tokens: [{ id: -1 }] }, /"added_tokens"/],
    [
      'a template without its token',
      { ...bert, post_processor: { type: 'TemplateProcessing', single: [{ SpecialToken: { id: 'x' } }], pair: [] } },
      /no token "x"/,
    ],
    [
      'no token for what is unknown',
      { ...bert, model: { type: 'Unigram', vocab: [['a', 0]], unk_id: null } },
      /"unk_id"/,
    ],
  ])('refuses %s in a sentence', async (_, json, sentence) => {
    const answer = await answerOf(() => open(json));
    expect(answer).toMatch(/^The tokenizer "a\/tokenizer\.json" cannot be used\. /);
    expect(answer).toMatch(sentence);
  });

  it('refuses endless nesting and text that is not JSON', async () => {
    let normalizer: unknown = { type: 'NFC' };
    for (let depth = 0; depth < 2000; depth++) normalizer = { type: 'Sequence', normalizers: [normalizer] };
    expect(await answerOf(() => open({ ...bert, normalizer }))).toMatch(/nested too deeply/);
    expect(await answerOf(() => openText('{"model": '))).toMatch(/It is not JSON/);
  });

  it('refuses texts that cannot be cut so far, or are no texts any more', async () => {
    const tokenizer = await open(bert);
    const encode = (text: string, length: number | null) => () => Promise.resolve(tokenizer.encode([text], length));
    expect(await answerOf(async () => encode('a', 1)())).toMatch(/2 of them are special ones\. Use a greater/);
    expect(await answerOf(async () => encode('a'.repeat(200_000), 8)())).toMatch(/The maximum is 131072\./);
    expect(await answerOf(async () => tokenizer.encode(['the fox', 'the dog'], 2))).toMatch(/3 of them are special/);
  });

  it('takes keys such as "__proto__" for tokens', async () => {
    const model = JSON.parse('{"type":"WordPiece","vocab":{"[UNK]":0,"__proto__":1,"constructor":2}}') as unknown;
    const plain = await open({
      ...bert,
      model,
      normalizer: null,
      pre_tokenizer: { type: 'WhitespaceSplit' },
      post_processor: null,
      added_tokens: [],
    });
    expect(plain.encode(['constructor __proto__ toString'], null).ids).toEqual([2, 1, 0]);
  });

  it('answers any damage with a sentence or a tokenizer', async () => {
    const text = JSON.stringify(gpt);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.string({ maxLength: 8 }), async (at, piece) => {
        const damaged = text.slice(0, at) + piece + text.slice(at + piece.length);
        await answerOf(async () => (await openText(damaged)).encode(['Some text, 123.'], 16));
      }),
      { numRuns: 60 },
    );
  });
});
