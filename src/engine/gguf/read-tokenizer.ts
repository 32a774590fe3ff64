/**
 * The tokenizer of a GGUF file as the content of a tokenizer.json. Sources: `llm_tokenizer_bpe` and `llm_tokenizer_spm` in llama-vocab.cpp,
 * and `SpmConverter` and `generate_merges` in convert_slow_tokenizer.py of transformers.
 */
import { formatCount, formatQuoted } from '../format';
import type { GgufFile } from './read-gguf';

/** The content of a tokenizer.json, or the reason why there is none. The reason follows a colon and ends with a full stop. */
type GgufTokenizer = { readonly json: object } | { readonly reason: string };

/** Kinds of tokens (`llama_token_type`). */
const tokenKind = { unknown: 2, control: 3, userDefined: 4 } as const;

export function readGgufTokenizer(file: GgufFile): GgufTokenizer {
  const read = new TokenizerReader(file);
  const kind = read.text('model');
  if (read.tokens.length === 0) return { reason: 'the file has none.' };
  if (kind === 'gpt2') return byteLevelBpe(read);
  if (kind === 'llama') return sentencePiece(read);
  return { reason: `the file has one of the kind ${formatQuoted(kind ?? '')}, which is not supported.` };
}

class TokenizerReader {
  readonly #metadata: GgufFile['metadata'];
  readonly tokens: readonly string[];

  constructor({ metadata }: GgufFile) {
    this.#metadata = metadata;
    this.tokens = this.texts('tokens');
  }

  text(key: string): string | undefined {
    const value = this.#metadata.get(`tokenizer.ggml.${key}`);
    return typeof value === 'string' ? value : undefined;
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.#metadata.get(`tokenizer.ggml.${key}`);
    return typeof value === 'boolean' ? value : otherwise;
  }

  texts(key: string): readonly string[] {
    const value = this.#metadata.get(`tokenizer.ggml.${key}`);
    return typeof value === 'object' && !(value instanceof Float64Array) ? value : [];
  }

  numbers(key: string): Float64Array {
    const value = this.#metadata.get(`tokenizer.ggml.${key}`);
    return value instanceof Float64Array ? value : new Float64Array(0);
  }

  /** The token of an entry such as `bos_token_id`. */
  tokenOf(key: string): Token | undefined {
    const id = this.#metadata.get(`tokenizer.ggml.${key}_token_id`);
    const content = typeof id === 'number' ? this.tokens[id] : undefined;
    return content === undefined ? undefined : { id: id as number, content };
  }

  /** Ids by token. The last id counts if tokens are equal. */
  vocabulary(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.tokens.map((token, id) => [token, id]));
  }

  /** Tokens that are found in a text before it is split. */
  addedTokens(): readonly object[] {
    const kinds = this.numbers('token_type');
    return this.tokens.flatMap((content, id) => {
      const kind = kinds[id];
      const isSpecial = kind === tokenKind.control || kind === tokenKind.unknown;
      if (!isSpecial && kind !== tokenKind.userDefined) return [];
      const whole = { single_word: false, lstrip: false, rstrip: false, normalized: false };
      return [{ id, content, special: isSpecial, ...whole }];
    });
  }

  /** Adds the start and the end token to a text if the file asks for them. */
  postProcessor(addsStart: boolean): object | null {
    const start = this.flag('add_bos_token', addsStart) ? this.tokenOf('bos') : undefined;
    const end = this.flag('add_eos_token', false) ? this.tokenOf('eos') : undefined;
    if (start === undefined && end === undefined) return null;
    const special = (token: Token | undefined, typeId: number) =>
      token === undefined ? [] : [{ SpecialToken: { id: token.content, type_id: typeId } }];
    const text = (id: 'A' | 'B', typeId: number) => [
      ...special(start, typeId),
      { Sequence: { id, type_id: typeId } },
      ...special(end, typeId),
    ];
    const tokens = [start, end].flatMap((token) => token ?? []);
    return {
      type: 'TemplateProcessing',
      single: text('A', 0),
      pair: [...text('A', 0), ...text('B', 1)],
      special_tokens: Object.fromEntries(
        tokens.map(({ id, content }) => [content, { id: content, ids: [id], tokens: [content] }]),
      ),
    };
  }
}

interface Token {
  readonly id: number;
  readonly content: string;
}

const byteLevel = (usesRegex: boolean): object => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: usesRegex,
});
const splitBy = (pattern: string): object => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    byteLevel(false),
  ],
});
/** Llama 3 splits numbers after three digits, Qwen 2 after each. */
const modernPattern = (digits: string): string =>
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

const gpt2Split = byteLevel(true);
const digitSplit = { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel(true)] };
const llama3Split = splitBy(modernPattern(String.raw`\p{N}{1,3}`));
const qwen2Split = splitBy(modernPattern(String.raw`\p{N}`));

/** Splits by their name in llama.cpp (`tokenizer.ggml.pre`). */
const splits = new Map<string, object>([
  ...['gpt-2', 'phi-2', 'roberta-bpe', 'mpt', 'olmo', 'jais'].map((name) => [name, gpt2Split] as const),
  ...['smollm', 'starcoder', 'refact', 'command-r', 'codeshell', 'exaone'].map((name) => [name, digitSplit] as const),
  ...['llama-bpe', 'llama3', 'llama-v3'].map((name) => [name, llama3Split] as const),
  ...['qwen2', 'deepseek-r1-qwen', 'stablelm2', 'megrez'].map((name) => [name, qwen2Split] as const),
]);

function byteLevelBpe(read: TokenizerReader): GgufTokenizer {
  const name = read.text('pre') ?? 'default';
  const split = splits.get(name);
  if (split === undefined) {
    return { reason: `the file splits words by the rules ${formatQuoted(name)}, which are not supported.` };
  }
  const isLlama3 = split === llama3Split;
  return {
    json: tokenizerJson(
      read,
      {
        normalizer: name === 'qwen2' ? { type: 'NFC' } : null,
        pre_tokenizer: split,
        post_processor: read.postProcessor(isLlama3),
        decoder: byteLevel(true),
      },
      {
        unk_token: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: isLlama3,
        merges: read.texts('merges'),
      },
    ),
  };
}

const space = '▁';

function sentencePiece(read: TokenizerReader): GgufTokenizer {
  const scores = read.numbers('scores');
  if (scores.length !== read.tokens.length) return { reason: 'the file has no score for each token.' };
  const merges = mergesByScore(read.tokens, scores);
  if (merges === undefined) {
    return { reason: `its tokens consist of each other in more than ${formatCount(mostMergesOf(read.tokens))} ways.` };
  }
  const addsSpace = read.flag('add_space_prefix', true);
  const replaced = { type: 'Replace', pattern: { String: ' ' }, content: space };
  const joined = [
    { type: 'Replace', pattern: { String: space }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
  ];
  return {
    json: tokenizerJson(
      read,
      {
        normalizer: addsSpace
          ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: space }, replaced] }
          : replaced,
        pre_tokenizer: null,
        post_processor: read.postProcessor(true),
        decoder: {
          type: 'Sequence',
          decoders: addsSpace ? [...joined, { type: 'Strip', content: ' ', start: 1, stop: 0 }] : joined,
        },
      },
      {
        unk_token: read.tokenOf('unknown')?.content ?? null,
        fuse_unk: true,
        byte_fallback: true,
        ignore_merges: false,
        merges,
      },
    ),
  };
}

/** Adds the vocabulary of the file, and the entries that are equal for all kinds, to the parts and the model of one kind. */
function tokenizerJson(read: TokenizerReader, parts: object, model: object): object {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: read.addedTokens(),
    ...parts,
    model: {
      type: 'BPE',
      dropout: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      vocab: read.vocabulary(),
      ...model,
    },
  };
}

/**
 * Longer tokens get no merges, because the characters of all their parts grow with the square of the length. Tokens of real files have up
 * to 100 characters.
 */
const longestMerged = 256;

/** Real vocabularies have two or three merges for each token, and small ones may have more. */
const mostMergesOf = (tokens: readonly string[]): number => (1 << 16) + 8 * tokens.length;

/** Ids of the two parts of each merge, and of the whole. */
type Merge = readonly [left: number, right: number, whole: number];

/**
 * All pairs of tokens that make a token, best scores first. Longer parts go first if scores are equal, as in transformers. `undefined` for
 * more than any real vocabulary has.
 */
function mergesByScore(
  tokens: readonly string[],
  scores: Float64Array,
): readonly (readonly [string, string])[] | undefined {
  const merges = findMerges(tokens);
  if (merges === undefined) return undefined;
  const letters = Int32Array.from(tokens, lettersOf);
  return merges
    .sort(
      ([leftA, rightA, a], [leftB, rightB, b]) =>
        scores[b]! - scores[a]! ||
        letters[leftB]! - letters[leftA]! ||
        letters[rightB]! - letters[rightA]! ||
        a - b ||
        leftA - leftB ||
        rightA - rightB,
    )
    .map(([left, right]) => [tokens[left]!, tokens[right]!]);
}

/** In sorted order the tokens that a token begins with precede it, the shortest first: they are kept in a stack. */
function findMerges(tokens: readonly string[]): Merge[] | undefined {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const order = Array.from(tokens.keys()).sort((a, b) => compare(tokens[a]!, tokens[b]!));
  const most = mostMergesOf(tokens);
  const merges: Merge[] = [];
  const beginnings: string[] = [];
  for (const id of order) {
    const token = tokens[id]!;
    while (beginnings.length > 0 && !token.startsWith(beginnings.at(-1)!)) beginnings.pop();
    if (token === '' || token.length > longestMerged) continue;
    for (const left of beginnings) {
      const right = left.length < token.length ? ids.get(token.slice(left.length)) : undefined;
      if (right === undefined) continue;
      if (merges.length >= most) return undefined;
      merges.push([ids.get(left)!, right, id]);
    }
    if (beginnings.at(-1) !== token) beginnings.push(token);
  }
  return merges;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Code points. */
function lettersOf(token: string): number {
  let count = 0;
  for (const _ of token) count++;
  return count;
}
