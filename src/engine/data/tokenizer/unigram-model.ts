/**
 * SentencePiece's unigram model. Own code: the library's decides between paths whose scores differ by the last bit after it
 * added what follows, the Python package before.
 */
import type { Token, TokenModel } from './token-model';

export interface UnigramVocabulary {
  /** Tokens in the order of their ids, with the logarithm of their probability. */
  readonly tokens: readonly (readonly [string, number])[];
  readonly unknownId: number;
  /** True if letters that the vocabulary lacks become their bytes (`<0x0A>`), provided it has all of them. */
  readonly hasBytes: boolean;
}

/** A letter without a token scores this much less than the least likely token. */
const unknownPenalty = 10;

export function createUnigramModel(vocabulary: UnigramVocabulary): TokenModel {
  const { tokens, unknownId, hasBytes } = vocabulary;
  const ids = new Map(tokens.map(([token], id) => [token, id]));
  const scores = Float64Array.from(tokens, ([, score]) => score);
  const unknownScore = scores.reduce((least, score) => Math.min(least, score), Infinity) - unknownPenalty;
  const longest = tokens.reduce((most, [token]) => Math.max(most, token.length), 1);
  const utf8 = new TextEncoder();
  const bytesOf = (text: string): readonly Token[] | undefined => {
    const bytes = Array.from(utf8.encode(text), (byte) => {
      const name = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
      return { id: ids.get(name), text: name };
    });
    return bytes.every((token): token is Token => token.id !== undefined) ? bytes : undefined;
  };
  return {
    kind: 'Unigram',
    vocabularySize: tokens.length,
    idOf: (token) => ids.get(token),
    tokens: () => tokens.map(([token], id) => [id, token] as const),
    encode: (word) =>
      bestPath(word, { ids, scores, longest, unknownId, unknownScore }).flatMap((token) =>
        hasBytes && ids.get(token.text) === undefined ? (bytesOf(token.text) ?? token) : token,
      ),
  };
}

interface Scored {
  readonly ids: ReadonlyMap<string, number>;
  readonly scores: Float64Array;
  /** The length of the longest token, in UTF-16 units. */
  readonly longest: number;
  readonly unknownId: number;
  readonly unknownScore: number;
}

/** The likeliest tokens that make up `word`, by Viterbi; of equal ones the path whose last token is longest. Unknown letters in a row are one. */
function bestPath(word: string, { ids, scores, longest, unknownId, unknownScore }: Scored): readonly Token[] {
  const best = new Float64Array(word.length + 1).fill(-Infinity);
  const from = new Int32Array(word.length + 1).fill(-1);
  const idAt = new Int32Array(word.length + 1);
  const offer = (start: number, end: number, id: number, score: number): void => {
    const total = score + best[start]!;
    if (from[end] !== -1 && !(total > best[end]!)) return;
    best[end] = total;
    from[end] = start;
    idAt[end] = id;
  };
  best[0] = 0;
  for (let start = 0; start < word.length;) {
    const single = start + (word.codePointAt(start)! > 0xffff ? 2 : 1);
    let hasSingle = false;
    for (let end = single; end <= Math.min(word.length, start + longest); end++) {
      const id = ids.get(word.slice(start, end));
      if (id === undefined) continue;
      offer(start, end, id, id === unknownId ? unknownScore : scores[id]!);
      hasSingle ||= end === single;
    }
    if (!hasSingle) offer(start, single, unknownId, unknownScore);
    start = single;
  }
  return pathBack(word, from, idAt, unknownId);
}

function pathBack(word: string, from: Int32Array, idAt: Int32Array, unknownId: number): readonly Token[] {
  const path: { id: number; text: string }[] = [];
  for (let end = word.length; end > 0; end = from[end]!) {
    const text = word.slice(from[end], end);
    const next = path.at(-1);
    if (idAt[end] === unknownId && next?.id === unknownId) next.text = text + next.text;
    else path.push({ id: idAt[end]!, text });
  }
  return path.reverse();
}
