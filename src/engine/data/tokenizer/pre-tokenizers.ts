/** Splits a text into words, like the Python package. */
import * as v from 'valibot';
import { byteLevelText } from './byte-level';
import { patternSchema, patternText, readPart, readSequence, typeOf, unknownPart } from './component';
import type { CompilePattern } from './normalizers';
import { splitBehaviors, splitText, type SplitBehavior } from './split-text';

/** A part of a text on its way to the model. */
export interface Piece {
  readonly text: string;
  /** The text begins with it. */
  readonly isFirst: boolean;
}

export type PreTokenize = (pieces: readonly Piece[]) => readonly Piece[];

const behavior = v.optional(v.picklist(splitBehaviors), 'Isolated');
const byteLevel = v.object({
  add_prefix_space: v.optional(v.boolean(), true),
  use_regex: v.optional(v.boolean(), true),
});
const metaspace = v.object({
  replacement: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(8)), '\u2581'),
  prepend_scheme: v.optional(v.picklist(['always', 'never', 'first']), 'always'),
  split: v.optional(v.boolean(), true),
});
const split = v.object({ pattern: patternSchema, behavior, invert: v.optional(v.boolean(), false) });
const delimiter = v.object({ delimiter: v.pipe(patternText, v.nonEmpty()) });
const fixedLength = v.object({ length: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 5) });

const space = /\p{White_Space}/gu;
const punctuation = /[\p{P}!-/:-@[-`{-~]/gu;
const word = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}';
const words = new RegExp(`[${word}]+|[^${word}\\p{White_Space}]+`, 'gu');
/** GPT-2's. */
const gpt2 =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** Throws as `createNormalizer` does. */
export function createPreTokenizer(part: unknown, compile: CompilePattern, depth = 0): PreTokenize {
  if (part === null || part === undefined) return (pieces) => pieces;
  switch (typeOf(part)) {
    case 'Sequence': {
      const parts = readSequence(part, 'pretokenizers', depth, (each, next) => createPreTokenizer(each, compile, next));
      return chained(...parts);
    }
    case 'BertPreTokenizer':
      return chained(splitAt(space, 'Removed'), splitAt(punctuation, 'Isolated'));
    case 'Whitespace':
      return splitAt(words, 'Removed', true);
    case 'WhitespaceSplit':
      return splitAt(space, 'Removed');
    case 'Punctuation':
      return splitAt(punctuation, readPart(part, v.object({ behavior })).behavior);
    case 'Digits': {
      const { individual_digits: areAlone } = readPart(part, v.object({ individual_digits: v.optional(v.boolean()) }));
      return splitAt(/\p{N}/gu, areAlone ? 'Isolated' : 'Contiguous');
    }
    case 'CharDelimiterSplit':
      return splitAt(compile({ String: readPart(part, delimiter).delimiter }), 'Removed');
    case 'Split': {
      const { pattern, behavior: chosen, invert } = readPart(part, split);
      return splitAt(compile(pattern), chosen, invert);
    }
    case 'Metaspace':
      return createMetaspace(readPart(part, metaspace), compile);
    case 'ByteLevel':
      return createByteLevel(readPart(part, byteLevel));
    case 'FixedLength': {
      const { length } = readPart(part, fixedLength);
      return eachSplit((text) => cutEvery(text, length));
    }
    default:
      throw unknownPart('pre-tokenizer', part);
  }
}

/** Pieces that are split in turn: the first part of a text's first piece is its first. */
function eachSplit(parts: (text: string) => readonly string[]): PreTokenize {
  return (pieces) =>
    pieces.flatMap(({ text, isFirst }) => {
      const found = parts(text);
      // If characters in front of the part were removed, the part is not the beginning of the text.
      return found.map((each, at) => ({ text: each, isFirst: isFirst && at === 0 && text.startsWith(each) }));
    });
}

function splitAt(pattern: RegExp, chosen: SplitBehavior, inverted = false): PreTokenize {
  return eachSplit((text) => splitText(text, pattern, chosen, inverted));
}

function chained(...parts: readonly PreTokenize[]): PreTokenize {
  return (pieces) => parts.reduce((before, preTokenize) => preTokenize(before), pieces);
}

/** SentencePiece's writing of spaces, with one in front of a text. */
function createMetaspace(
  { replacement, prepend_scheme: scheme, split: isSplit }: v.InferOutput<typeof metaspace>,
  compile: CompilePattern,
): PreTokenize {
  const pattern = compile({ String: replacement });
  const written: PreTokenize = (pieces) =>
    pieces.map(({ text: given, isFirst }) => {
      const text = given.replaceAll(' ', replacement);
      const isPrepended = (scheme === 'always' || (scheme === 'first' && isFirst)) && !text.startsWith(replacement);
      return { text: isPrepended ? replacement + text : text, isFirst };
    });
  return isSplit ? chained(written, splitAt(pattern, 'MergedWithNext')) : written;
}

function createByteLevel({
  add_prefix_space: addsSpace,
  use_regex: splits,
}: v.InferOutput<typeof byteLevel>): PreTokenize {
  const spaced: PreTokenize = (pieces) =>
    addsSpace
      ? pieces.map((piece) => (piece.text.startsWith(' ') ? piece : { ...piece, text: ` ${piece.text}` }))
      : pieces;
  const written: PreTokenize = (pieces) => pieces.map((piece) => ({ ...piece, text: byteLevelText(piece.text) }));
  return splits ? chained(spaced, splitAt(gpt2, 'Isolated'), written) : chained(spaced, written);
}

function cutEvery(text: string, length: number): readonly string[] {
  const letters = Array.from(text);
  return Array.from({ length: Math.ceil(letters.length / length) }, (_, at) =>
    letters.slice(at * length, (at + 1) * length).join(''),
  );
}
