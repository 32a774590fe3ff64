/**
 * The library's models of tokenizers, which convert words to tokens. It is loaded when the first tokenizer is opened. A
 * file's content is checked first, because the library does not check it.
 */
import * as v from 'valibot';
import { ParetoError } from '../../errors';
import { readPart, unknownPart, typeOf, type Pattern } from './component';
import type { CompilePattern } from './normalizers';
import type { TokenModel } from './token-model';
import { createUnigramModel } from './unigram-model';

/** The largest vocabularies have a quarter of a million. */
const mostTokens = 2_000_000;
const mostMerges = 4_000_000;
const longestToken = 10_000;
const largestId = 2 ** 24;

const wordPiece = v.object({
  unk_token: v.optional(v.string(), '[UNK]'),
  continuing_subword_prefix: v.optional(v.string(), '##'),
  // A word with this many letters is searched in all its parts, so the limit bounds the work.
  max_input_chars_per_word: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000)), 100),
});
const bpe = v.object({
  dropout: v.nullish(v.number()),
  unk_token: v.nullish(v.string()),
  continuing_subword_prefix: v.nullish(v.string()),
  end_of_word_suffix: v.nullish(v.string()),
  fuse_unk: v.optional(v.boolean(), false),
  byte_fallback: v.optional(v.boolean(), false),
  ignore_merges: v.optional(v.boolean(), false),
});
const unigram = v.object({
  unk_id: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0))),
  byte_fallback: v.optional(v.boolean(), false),
});
const parts = v.looseObject({ vocab: v.unknown(), merges: v.optional(v.unknown()) });

type Library = typeof import('@huggingface/tokenizers');
type LibraryModel = InstanceType<Library['WordPiece'] | Library['BPE']>;

export interface TokenizerParts {
  readonly model: TokenModel;
  readonly compile: CompilePattern;
}

/** Loads the library and makes the model of a file. Throws as `createNormalizer` does. */
export async function loadModel(given: unknown): Promise<TokenizerParts> {
  const library = await import('@huggingface/tokenizers');
  return { model: createModel(given, library), compile: (pattern) => compilePattern(pattern, library) };
}

/** A pattern of Oniguruma as JavaScript has it, with all matches. */
function compilePattern(pattern: Pattern, { SplitPreTokenizer }: Library): RegExp {
  try {
    const { pattern: compiled } = new SplitPreTokenizer({ type: 'Split', pattern, behavior: 'Isolated', invert: true });
    if (compiled !== null) return compiled;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const text = 'Regex' in pattern ? pattern.Regex : pattern.String;
  throw new ParetoError(
    'tokenizer/unknown',
    `Its regular expression "${text.slice(0, 60)}" is not supported here. Tokenize the texts in Python, and use the ids as an .npz file.`,
  );
}

function createModel(part: unknown, library: Library): TokenModel {
  const { vocab, merges } = readPart(part, parts);
  switch (typeOf(part) || guessedType(vocab, merges)) {
    case 'WordPiece': {
      const options = readPart(part, wordPiece);
      refuseUnknownWord(options.unk_token, checkedVocabulary(vocab));
      return modelOf('WordPiece', new library.WordPiece({ ...options, type: 'WordPiece', vocab: vocab as never }));
    }
    case 'BPE':
      return createBpe(readPart(part, bpe), checkedVocabulary(vocab), checkedMerges(merges), library);
    case 'Unigram':
      return createUnigram(readPart(part, unigram), checkedScores(vocab));
    default:
      throw unknownPart('model', part);
  }
}

/** Files of old versions do not state their type. */
function guessedType(vocab: unknown, merges: unknown): string {
  if (Array.isArray(vocab)) return 'Unigram';
  return merges === undefined ? 'WordPiece' : 'BPE';
}

function createBpe(
  options: v.InferOutput<typeof bpe>,
  vocab: Readonly<Record<string, number>>,
  merges: readonly (string | readonly string[])[],
  library: Library,
): TokenModel {
  if (options.dropout != null && options.dropout > 0) {
    throw new ParetoError(
      'tokenizer/unknown',
      'Its model drops merges at random ("dropout"), so the tokens of a text change each time. Set "dropout" to null.',
    );
  }
  if (options.continuing_subword_prefix) {
    throw new ParetoError(
      'tokenizer/unknown',
      'Its model marks word parts at their start ("continuing_subword_prefix"), which is not supported. Tokenize the texts in Python, and use the ids as an .npz file.',
    );
  }
  const config = { ...options, type: 'BPE', vocab, merges: merges as never } as never;
  return modelOf('BPE', new library.BPE(config));
}

function createUnigram(
  { unk_id: unknownId, byte_fallback: hasBytes }: v.InferOutput<typeof unigram>,
  tokens: readonly (readonly [string, number])[],
): TokenModel {
  if (unknownId != null && unknownId < tokens.length) return createUnigramModel({ tokens, unknownId, hasBytes });
  throw new ParetoError(
    'tokenizer/damaged',
    'Its model has no token for unknown text ("unk_id"). Save it again with the Python package "tokenizers".',
  );
}

function modelOf(kind: string, model: LibraryModel): TokenModel {
  const { tokens_to_ids: ids } = model;
  return {
    kind,
    vocabularySize: ids.size,
    idOf: (token) => ids.get(token),
    tokens: () => Array.from(ids, ([token, id]) => [id, token] as const),
    encode: (word) =>
      model._call([word]).flatMap((text) => {
        const id = ids.get(text) ?? model.unk_token_id;
        return id === undefined ? [] : { id, text };
      }),
  };
}

function refuseUnknownWord(word: string, vocab: Readonly<Record<string, number>>): void {
  if (Object.hasOwn(vocab, word)) return;
  throw new ParetoError(
    'tokenizer/damaged',
    `Its vocabulary lacks "${word.slice(0, 60)}", the token for unknown words. Download the file again.`,
  );
}

function checkedVocabulary(vocab: unknown): Readonly<Record<string, number>> {
  const isObject = typeof vocab === 'object' && vocab !== null && !Array.isArray(vocab);
  const entries = isObject ? Object.entries(vocab as Readonly<Record<string, unknown>>) : [];
  const isId = (id: unknown): boolean => Number.isInteger(id) && (id as number) >= 0 && (id as number) <= largestId;
  const isGood = entries.every(([token, id]) => isId(id) && token.length <= longestToken);
  if (entries.length === 0 || entries.length > mostTokens || !isGood) throw damagedVocabulary();
  return vocab as Readonly<Record<string, number>>;
}

function checkedScores(vocab: unknown): readonly (readonly [string, number])[] {
  const list = Array.isArray(vocab) ? (vocab as readonly unknown[]) : [];
  const isEntry = (each: unknown): boolean =>
    Array.isArray(each) &&
    each.length === 2 &&
    typeof each[0] === 'string' &&
    each[0].length <= longestToken &&
    Number.isFinite(each[1]);
  if (list.length === 0 || list.length > mostTokens || !list.every(isEntry)) throw damagedVocabulary();
  return list as readonly (readonly [string, number])[];
}

function checkedMerges(merges: unknown): readonly (string | readonly string[])[] {
  const list = Array.isArray(merges) ? (merges as readonly unknown[]) : undefined;
  const isMerge = (each: unknown): boolean =>
    typeof each === 'string' ||
    (Array.isArray(each) && each.length === 2 && each.every((part) => typeof part === 'string'));
  if (list === undefined || list.length > mostMerges || !list.every(isMerge)) throw damagedVocabulary();
  return list as readonly (string | readonly string[])[];
}

function damagedVocabulary(): ParetoError {
  return new ParetoError(
    'tokenizer/damaged',
    `Its vocabulary is damaged, or has more than ${mostTokens} tokens. Download the file again.`,
  );
}
