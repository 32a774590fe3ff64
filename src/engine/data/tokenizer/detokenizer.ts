/** Turns tokens back into text with the decoder of a tokenizer.json. */
import * as v from 'valibot';
import { bytesOfByteLevelText } from './byte-level';
import { patternSchema, patternText, readPart, readSequence, typeOf, unknownPart } from './component';

/** Maps tokens, as in the vocabulary, to pieces of text, which are joined. */
export type Detokenize = (tokens: readonly string[]) => readonly string[];

const replace = v.looseObject({ pattern: patternSchema, content: patternText });
const strip = v.looseObject({ content: v.pipe(v.string(), v.maxLength(8)), start: v.number(), stop: v.number() });
const metaspace = v.looseObject({
  replacement: v.optional(v.pipe(v.string(), v.maxLength(8)), '▁'),
  prepend_scheme: v.optional(v.string(), 'always'),
});
const wordPiece = v.looseObject({ prefix: v.optional(patternText, '##'), cleanup: v.optional(v.boolean(), true) });
const bpeSuffix = v.looseObject({ suffix: v.optional(patternText, '</w>') });

/**
 * Reads the `decoder` of a tokenizer.json. Without one, tokens are joined by spaces, as the Python package does. Throws
 * `tokenizer/damaged`, and `tokenizer/unknown` for a part that would give another text here than in Python.
 */
export function readDecoder(part: unknown, depth = 0): Detokenize {
  if (part === undefined || part === null) return (tokens) => [tokens.join(' ')];
  switch (typeOf(part)) {
    case 'Sequence': {
      const parts = readSequence(part, 'decoders', depth, readDecoder);
      return (tokens) => parts.reduce<readonly string[]>((texts, decode) => decode(texts), tokens);
    }
    case 'ByteLevel':
      return (tokens) => [utf8.decode(Uint8Array.from(tokens.flatMap((token) => [...bytesOfByteLevelText(token)])))];
    case 'ByteFallback':
      return withBytes;
    case 'Fuse':
      return (tokens) => [tokens.join('')];
    case 'Replace':
      return replaced(part);
    case 'Strip':
      return stripped(part);
    case 'Metaspace': {
      const { replacement, prepend_scheme: scheme } = readPart(part, metaspace);
      return (tokens) =>
        tokens.map((token, at) => token.replaceAll(replacement, at === 0 && scheme !== 'never' ? '' : ' '));
    }
    case 'WordPiece':
      return wordPieces(part);
    case 'BPEDecoder': {
      const { suffix } = readPart(part, bpeSuffix);
      return (tokens) => tokens.map((token, at) => token.replaceAll(suffix, at === tokens.length - 1 ? '' : ' '));
    }
    default:
      throw unknownPart('decoder', part);
  }
}

const utf8 = new TextDecoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

function replaced(part: unknown): Detokenize {
  const { pattern, content } = readPart(part, replace);
  if (!('String' in pattern)) throw unknownPart('decoder', part);
  const { String: wanted } = pattern;
  return (tokens) => tokens.map((token) => token.replaceAll(wanted, () => content));
}

function stripped(part: unknown): Detokenize {
  const { content, start, stop } = readPart(part, strip);
  return (tokens) =>
    tokens.map((token) => {
      let [from, to] = [0, token.length];
      for (let times = 0; times < start && token.startsWith(content, from); times++) from += content.length;
      for (let times = 0; times < stop && to > from && token.slice(from, to).endsWith(content); times++) {
        to -= content.length;
      }
      return token.slice(from, to);
    });
}

function wordPieces(part: unknown): Detokenize {
  const { prefix, cleanup } = readPart(part, wordPiece);
  return (tokens) =>
    tokens.map((token, at) => {
      const text = at === 0 ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
      return cleanup ? cleaned(text) : text;
    });
}

/** Removes spaces before punctuation and English endings, as the Python package does. */
function cleaned(text: string): string {
  return text
    .replaceAll(/ ([.?!,])/g, '$1')
    .replaceAll(" ' ", "'")
    .replaceAll(" n't", "n't")
    .replaceAll(" 'm", "'m")
    .replaceAll(' do not', " don't")
    .replaceAll(" 's", "'s")
    .replaceAll(" 've", "'ve")
    .replaceAll(" 're", "'re");
}

/** Decodes successive tokens such as `<0xE2>` as UTF-8. Each byte becomes � if they are not UTF-8. */
function withBytes(tokens: readonly string[]): readonly string[] {
  const texts: string[] = [];
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length === 0) return;
    try {
      texts.push(strictUtf8.decode(Uint8Array.from(bytes)));
    } catch {
      texts.push('\ufffd'.repeat(bytes.length));
    }
    bytes = [];
  };
  for (const token of tokens) {
    const [, hex] = /^<0x([0-9A-Fa-f]{2})>$/.exec(token) ?? [];
    if (hex !== undefined) {
      bytes.push(Number.parseInt(hex, 16));
      continue;
    }
    flush();
    texts.push(token);
  }
  flush();
  return texts;
}
