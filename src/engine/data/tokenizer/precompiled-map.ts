/**
 * SentencePiece's map of characters to replacements. It is compiled into a double-array trie (Darts) and the texts that
 * it leads to. Read as the Rust crate spm_precompiled reads it.
 */
import { fromBase64Url } from '../../base64-url';
import { ParetoError } from '../../errors';

const leafBit = 1 << 8;
/** A grapheme of more bytes is mapped character by character only. */
const longestGrapheme = 5;

/** @param base64 of the map; an empty one changes nothing. Throws `tokenizer/damaged`. */
export function readCharactersMap(base64: string): (text: string) => string {
  if (base64 === '') return (text) => text;
  const bytes = fromBase64Url(
    base64
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replace(/={1,2}$/, ''),
  );
  if (bytes === undefined) throw damaged();
  const view = new DataView(bytes.buffer);
  const trieBytes = bytes.length >= 4 ? view.getUint32(0, true) : 0;
  if (trieBytes === 0 || trieBytes % 4 !== 0 || 4 + trieBytes > bytes.length) throw damaged();
  const units = Uint32Array.from({ length: trieBytes / 4 }, (_, at) => view.getUint32(4 + 4 * at, true));
  const texts = bytes.subarray(4 + trieBytes);
  const utf8 = new TextEncoder();
  const decoder = new TextDecoder();
  const mapped = (text: string): string | undefined => {
    const start = firstValue(units, utf8.encode(text));
    if (start === undefined || start >= texts.length) return undefined;
    const end = texts.indexOf(0, start);
    return decoder.decode(texts.subarray(start, end < 0 ? texts.length : end));
  };
  const known = new Map<string, string>();
  const characterOf = (character: string): string => {
    let found = known.get(character);
    if (found === undefined) known.set(character, (found = mapped(character) ?? character));
    return found;
  };
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  return (text) => {
    let result = '';
    for (const { segment } of graphemes.segment(text)) {
      const isShort = utf8.encode(segment).length <= longestGrapheme;
      const whole = isShort ? mapped(segment) : undefined;
      if (whole !== undefined) result += whole;
      else for (const character of segment) result += characterOf(character);
    }
    return result;
  };
}

/** The value of the shortest key that `text` begins with: where its text starts. */
function firstValue(units: Uint32Array, text: Uint8Array): number | undefined {
  let at = offsetOf(units[0]!);
  for (const byte of text) {
    at ^= byte;
    const unit = units[at];
    // The label of the unit must be the byte, without the bit that only values have.
    if (byte === 0 || unit === undefined || (unit & 0x800000ff) !== byte) return undefined;
    at ^= offsetOf(unit);
    if ((unit & leafBit) !== 0) return (units[at] ?? 0) & 0x7fffffff;
  }
  return undefined;
}

function offsetOf(unit: number): number {
  return ((unit >>> 10) << ((unit & (1 << 9)) >>> 6)) >>> 0;
}

function damaged(): ParetoError {
  return new ParetoError(
    'tokenizer/damaged',
    'Its map of characters ("precompiled_charsmap") is damaged. Download the file again.',
  );
}
