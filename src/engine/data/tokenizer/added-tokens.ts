/** Tokens that are found in a text before anything else is done to it: `[MASK]`, `<s>`, words that were added. */
import * as v from 'valibot';
import { ParetoError } from '../../errors';
import type { Normalize } from './normalizers';

const mostAdded = 100_000;
const longestToken = 1000;

const addedToken = v.object({
  id: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 24)),
  content: v.pipe(v.string(), v.maxLength(longestToken)),
  single_word: v.optional(v.boolean(), false),
  lstrip: v.optional(v.boolean(), false),
  rstrip: v.optional(v.boolean(), false),
  normalized: v.optional(v.boolean(), true),
  special: v.optional(v.boolean(), false),
});

const addedTokensSchema = v.optional(v.pipe(v.array(addedToken), v.maxLength(mostAdded)), []);
export type AddedToken = v.InferOutput<typeof addedToken>;

/** A part of a text: either text to tokenize, or a token that was found there. */
export interface Section {
  readonly text: string;
  readonly token?: AddedToken;
  /** The text begins with it. */
  readonly isFirst: boolean;
}

const wordAtEnd = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const wordAtStart = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;

/**
 * Cuts texts at added tokens. Tokens that match the raw text come first. The rest is normalized and then cut at tokens
 * that match normalized text.
 */
export function createAddedTokens(
  tokens: readonly AddedToken[],
  normalize: Normalize,
): (text: string) => readonly Section[] {
  const plain = createFinder(
    new Map(tokens.filter(({ normalized }) => !normalized).map((each) => [each.content, each])),
  );
  const normalized = createFinder(
    new Map(tokens.filter((each) => each.normalized).map((each) => [normalize(each.content), each])),
  );
  return (text) =>
    plain(text, true).flatMap((section) =>
      section.token === undefined ? normalized(normalize(section.text), section.isFirst) : section,
    );
}

interface TrieNode {
  readonly next: Map<string, TrieNode>;
  token?: AddedToken;
}

type Finder = (text: string, isFirst: boolean) => readonly Section[];

/** The leftmost of the tokens, of those that begin at the same place the longest. */
function createFinder(tokens: ReadonlyMap<string, AddedToken>): Finder {
  const root: TrieNode = { next: new Map() };
  for (const [content, token] of tokens) {
    if (content === '') continue;
    let node = root;
    for (const unit of content.split('')) {
      let next = node.next.get(unit);
      if (next === undefined) node.next.set(unit, (next = { next: new Map() }));
      node = next;
    }
    node.token = token;
  }
  return (text, isFirst) => {
    const sections: Section[] = [];
    let done = 0;
    for (let at = 0; at < text.length;) {
      const found = longestAt(root, text, at);
      if (found === undefined) {
        at++;
        continue;
      }
      const place = placeOf(found.token, text, { start: at, end: found.end, done });
      at = found.end;
      if (place === undefined) continue;
      if (place.start > done) sections.push({ text: text.slice(done, place.start), isFirst: isFirst && done === 0 });
      sections.push({ text: text.slice(place.start, place.end), token: found.token, isFirst: false });
      done = place.end;
      at = Math.max(at, done);
    }
    if (done < text.length) sections.push({ text: text.slice(done), isFirst: isFirst && done === 0 });
    return sections;
  };
}

function longestAt(root: TrieNode, text: string, start: number): { token: AddedToken; end: number } | undefined {
  let found: { token: AddedToken; end: number } | undefined;
  let node = root.next.get(text[start]!);
  for (let end = start + 1; node !== undefined; end++) {
    if (node.token !== undefined) found = { token: node.token, end };
    node = node.next.get(text[end] ?? '');
  }
  return found;
}

/**
 * Returns the range of a token in a text, with the spaces that it absorbs. `undefined` if the token must be a whole
 * word and is part of one.
 */
function placeOf(
  { single_word: isWord, lstrip, rstrip }: AddedToken,
  text: string,
  { start, end, done }: { readonly start: number; readonly end: number; readonly done: number },
): { readonly start: number; readonly end: number } | undefined {
  // A character has two units at most.
  const before = text.slice(Math.max(0, start - 2), start);
  if (isWord && (wordAtEnd.test(before) || wordAtStart.test(text.slice(end, end + 2)))) return undefined;
  let from = start;
  let to = end;
  if (lstrip) while (from > done && isSpace(text[from - 1]!)) from--;
  if (rstrip) while (to < text.length && isSpace(text[to]!)) to++;
  return { start: from, end: to };
}

/** No space has two units. */
function isSpace(unit: string): boolean {
  return /\p{White_Space}/u.test(unit);
}

/** Throws `tokenizer/damaged` for tokens that cannot be distinguished. */
export function readAddedTokens(list: unknown): readonly AddedToken[] {
  const parsed = v.safeParse(addedTokensSchema, list ?? undefined);
  if (parsed.success) return parsed.output;
  throw new ParetoError(
    'tokenizer/damaged',
    'Its "added_tokens" is not a list of tokens with an id and a content. Save it again with the Python package "tokenizers".',
  );
}
