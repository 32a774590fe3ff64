/** A tokenizer.json → texts as tokens, equal to those of the Python package `tokenizers`. */
import * as v from 'valibot';
import { isParetoError, ParetoError } from '../../errors';
import type { DataFile, TokenizedText, TokenizerDescription } from '../dataset';
import { baseName } from '../readers/file-name';
import { createAddedTokens, readAddedTokens } from './added-tokens';
import { readPart } from './component';
import { loadModel } from './models';
import { readDecoder, type Detokenize } from './detokenizer';
import type { Token, TokenModel } from './token-model';
import { createNormalizer } from './normalizers';
import { addedCount, readTemplate, type Place } from './post-processor';
import { createPreTokenizer } from './pre-tokenizers';
import { kept, keptCounts, paddingSchema, truncationSchema, type Truncation } from './truncation';

/** The largest that are in use have 35 MB. */
const largestFileBytes = 64 * 2 ** 20;
/** The most characters of a text, which bound the time that a single one may take. */
const longestText = 2 ** 17;

const tokenizerFile = v.looseObject({
  model: v.unknown(),
  truncation: v.nullish(truncationSchema),
  padding: v.nullish(paddingSchema),
});

export interface TextTokenizer {
  readonly description: TokenizerDescription;
  /**
   * One text, or two. `mostTokens`: special tokens included; `null` keeps all. Not padded. Throws a ParetoError for a text that
   * cannot be cut so far.
   */
  encode(texts: readonly [string, string?], mostTokens: number | null): TokenizedText;
  /** The text of ids, without special tokens. Ids that the vocabulary lacks are left out. */
  decode(ids: readonly number[]): string;
  /** Ids that end a text, by the usual names of their tokens. */
  readonly ends: readonly number[];
}

/**
 * Opens a tokenizer.json. Loads the library with it. Throws a ParetoError that names the file: `tokenizer/damaged`, and
 * `tokenizer/unknown` for a part that would give other tokens here than in Python.
 */
export async function openTokenizer(file: DataFile): Promise<TextTokenizer> {
  try {
    return await createTokenizer(file, parseFile(file));
  } catch (error) {
    if (!isParetoError(error)) throw error;
    throw new ParetoError(error.code, `The tokenizer "${file.path}" cannot be used. ${error.message}`, {
      cause: error,
    });
  }
}

function parseFile({ source }: DataFile): unknown {
  if (source.sizeBytes > largestFileBytes) {
    throw new ParetoError(
      'tokenizer/damaged',
      'It is larger than 64 MB, too large for a tokenizer. Choose another file.',
    );
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(source.read())) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw new ParetoError('tokenizer/damaged', 'It is not JSON. Download the file again.');
  }
}

async function createTokenizer(file: DataFile, json: unknown): Promise<TextTokenizer> {
  const given = readPart(json, tokenizerFile);
  const { model, compile } = await loadModel(given.model);
  const normalize = createNormalizer(given['normalizer'], compile);
  const preTokenize = createPreTokenizer(given['pre_tokenizer'], compile);
  const template = readTemplate(given['post_processor']);
  const added = readAddedTokens(given['added_tokens']);
  const sections = createAddedTokens(added, normalize);
  const { truncation, padding } = given;
  const special = new Set(added.filter((each) => each.special).map(({ id }) => id));
  // Written when a text is decoded: most tokenizers only ever encode.
  let tokenOf: ReadonlyMap<number, string> | undefined;
  const decoder = readDecoderLater(given['decoder']);
  const tokensOf = (text: string): readonly Token[] => {
    if (text.length > longestText) {
      throw new ParetoError(
        'data/text',
        `The text has ${text.length} characters. The maximum is ${longestText}. Shorten it.`,
      );
    }
    return sections(text).flatMap(({ text: part, token, isFirst }) =>
      token === undefined
        ? preTokenize([{ text: part, isFirst }]).flatMap((piece) => model.encode(piece.text))
        : { id: token.id, text: token.content },
    );
  };
  const idOf = (token: string): number | undefined =>
    added.find(({ content }) => content === token)?.id ?? model.idOf(token);
  return {
    description: describe(file, model, { truncation, padding, idOf }),
    encode: ([text, second], mostTokens) =>
      assemble([tokensOf(text), second === undefined ? undefined : tokensOf(second)], {
        places: second === undefined ? template.single : template.pair,
        mostTokens,
        truncation: truncation ?? { strategy: 'LongestFirst', direction: 'Right' },
      }),
    decode(ids) {
      tokenOf ??= new Map([...model.tokens(), ...added.map(({ id, content }) => [id, content] as const)]);
      const own = ids.filter((id) => !special.has(id)).flatMap((id) => tokenOf?.get(id) ?? []);
      return decoder()(own).join('');
    },
    ends: usualEnds.flatMap((token) => idOf(token) ?? []),
  };
}

/** Tokens that models write at the end of a text or of an answer. */
const usualEnds = ['</s>', '<|endoftext|>', '<|im_end|>', '<|eot_id|>', '<eos>', '<end>', '[SEP]'];

/** The decoder is read on demand, so that an unsupported one does not prevent encoding. */
function readDecoderLater(part: unknown): () => Detokenize {
  let read: Detokenize | undefined;
  return () => (read ??= readDecoder(part));
}

interface Described {
  readonly truncation: v.InferOutput<typeof tokenizerFile>['truncation'];
  readonly padding: v.InferOutput<typeof tokenizerFile>['padding'];
  idOf(token: string): number | undefined;
}

/** The usual names of padding tokens, for files that do not say which one it is. */
const usualPadding = ['[PAD]', '<pad>', '<|pad|>', '<|endoftext|>'];

function describe(
  { path }: DataFile,
  model: TokenModel,
  { truncation, padding, idOf }: Described,
): TokenizerDescription {
  const usual = usualPadding.find((token) => idOf(token) !== undefined);
  const own = typeof padding?.strategy === 'object' ? padding.strategy.Fixed : undefined;
  const length = own ?? truncation?.max_length;
  return {
    name: baseName(path),
    kind: model.kind,
    vocabularySize: model.vocabularySize,
    padding: {
      id: padding?.pad_id ?? (usual === undefined ? 0 : idOf(usual)!),
      typeId: padding?.pad_type_id ?? 0,
      isLeft: padding?.direction === 'Left',
    },
    ...(length !== undefined && length > 0 && { length }),
  };
}

interface Assembly {
  readonly places: readonly Place[];
  readonly mostTokens: number | null;
  readonly truncation: Truncation;
}

function assemble(
  texts: readonly [readonly Token[], (readonly Token[])?],
  { places, mostTokens, truncation }: Assembly,
): TokenizedText {
  const special = addedCount(places);
  const room = mostTokens === null ? Infinity : mostTokens - special;
  const counts = room < 0 ? undefined : keptCounts([texts[0].length, texts[1]?.length], room, truncation.strategy);
  if (counts === undefined) {
    throw new ParetoError(
      'data/text',
      `The text cannot be cut to ${mostTokens} tokens: ${room < 0 ? `${special} of them are special ones` : 'the other text leaves no room'}. Use a greater length.`,
    );
  }
  const ids: number[] = [];
  const typeIds: number[] = [];
  const tokens: string[] = [];
  const add = (id: number, token: string, typeId: number): void => {
    ids.push(id);
    tokens.push(token);
    typeIds.push(typeId);
  };
  for (const place of places) {
    place.ids.forEach((id, at) => add(id, place.tokens[at] ?? '', place.typeId));
    if (place.text === null) continue;
    const own = kept(texts[place.text] ?? [], counts[place.text], truncation.direction);
    for (const { id, text } of own) add(id, text, place.typeId);
  }
  return { ids, typeIds, tokens };
}
