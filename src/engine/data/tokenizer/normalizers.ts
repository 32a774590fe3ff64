/**
 * Normalizers of a tokenizer, character by character as in the Python package. The JavaScript library differs for other
 * languages than English: Greek final sigma, Chinese characters outside of the first plane, accents, spaces.
 */
import * as v from 'valibot';
import { byteLevelText } from './byte-level';
import { patternSchema, patternText, readPart, readSequence, typeOf, unknownPart, type Pattern } from './component';
import { readCharactersMap } from './precompiled-map';

export type Normalize = (text: string) => string;
/** A regular expression of Oniguruma as one of JavaScript, global. */
export type CompilePattern = (pattern: Pattern) => RegExp;

const bert = v.object({
  clean_text: v.optional(v.boolean(), true),
  handle_chinese_chars: v.optional(v.boolean(), true),
  strip_accents: v.nullish(v.boolean()),
  lowercase: v.optional(v.boolean(), true),
});
const strip = v.object({ strip_left: v.optional(v.boolean(), true), strip_right: v.optional(v.boolean(), true) });
const replace = v.object({ pattern: patternSchema, content: patternText });
const prepend = v.object({ prepend: patternText });
const precompiled = v.object({ precompiled_charsmap: v.nullish(v.pipe(v.string(), v.maxLength(2 ** 22))) });

/** Throws `tokenizer/unknown` for a type that is not known, `tokenizer/damaged` for one that lacks what it needs. */
export function createNormalizer(part: unknown, compile: CompilePattern, depth = 0): Normalize {
  if (part === null || part === undefined) return (text) => text;
  switch (typeOf(part)) {
    case 'Sequence': {
      const parts = readSequence(part, 'normalizers', depth, (each, next) => createNormalizer(each, compile, next));
      return (text) => parts.reduce((before, normalize) => normalize(before), text);
    }
    case 'BertNormalizer':
      return bertNormalizer(readPart(part, bert));
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = typeOf(part);
      return (text) => text.normalize(form);
    }
    case 'Lowercase':
      return lowercase;
    case 'StripAccents':
      return (text) => text.replace(/\p{M}/gu, '');
    case 'Strip': {
      const { strip_left: left, strip_right: right } = readPart(part, strip);
      return (text) => stripSpace(text, left, right);
    }
    case 'Replace': {
      const { pattern, content } = readPart(part, replace);
      const found = compile(pattern);
      return (text) => text.replace(found, () => content);
    }
    case 'Prepend': {
      const { prepend: start } = readPart(part, prepend);
      return (text) => (text === '' ? text : start + text);
    }
    case 'Nmt':
      return nmt;
    case 'ByteLevel':
      return byteLevelText;
    case 'Precompiled':
      return readCharactersMap(readPart(part, precompiled).precompiled_charsmap ?? '');
    default:
      throw unknownPart('normalizer', part);
  }
}

const chinese =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

function bertNormalizer(options: v.InferOutput<typeof bert>): Normalize {
  return (given) => {
    let text = given;
    if (options.clean_text) text = cleanText(text);
    if (options.handle_chinese_chars) text = text.replace(chinese, ' $& ');
    if (options.strip_accents ?? options.lowercase) text = text.normalize('NFD').replace(/\p{Mn}/gu, '');
    return options.lowercase ? lowercase(text) : text;
  };
}

function cleanText(text: string): string {
  return text.replace(/(?![\t\n\r])[\0\ufffd\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '').replace(/\p{White_Space}/gu, ' ');
}

/** Each character by itself: the last sigma of a word stays one of its middle. */
function lowercase(text: string): string {
  return text.includes('Σ') ? Array.from(text, (each) => each.toLowerCase()).join('') : text.toLowerCase();
}

function stripSpace(text: string, left: boolean, right: boolean): string {
  const start = left ? text.search(/\P{White_Space}/u) : 0;
  if (start < 0) return '';
  const rest = text.slice(start);
  return right ? rest.replace(/\p{White_Space}+$/u, '') : rest;
}

/** Tab, line ends, and the second half of Latin-1. */
const keptControls: ReadonlySet<number> = new Set([
  ...[0, 0x09, 0x0a, 0x0c, 0x0d],
  ...Array.from({ length: 0x20 }, (_, at) => 0x80 + at).filter((code) => code !== 0x8f && code !== 0x9f),
]);

/** SentencePiece's rules for machine translation. */
function nmt(text: string): string {
  return text
    .replace(/\p{Cc}/gu, (each) => (keptControls.has(each.charCodeAt(0)) ? each : ''))
    .replace(/[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g, ' ');
}
