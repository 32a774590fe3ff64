/** Bytes of a table's cell as text. */

/**
 * The characters of Windows-1252 from 0x80 to 0x9f; the others are as in Unicode. The table is needed because Node's decoder treats it as
 * Latin-1.
 */
const windows1252 =
  '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f' +
  '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';
/** Up to this length a loop is faster than a decoder. */
const shortBytes = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * UTF-8, or Windows-1252 if the bytes are not UTF-8. Short ASCII texts, which nearly all cells are, cost no decoder.
 */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.length <= shortBytes && bytes.every((byte) => byte < 0x80)) return decodeWindows1252(bytes);
  try {
    return utf8.decode(bytes);
  } catch {
    return decodeWindows1252(bytes);
  }
}

function decodeWindows1252(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (byte & 0xe0) === 0x80 ? windows1252[byte - 0x80] : String.fromCharCode(byte);
  return text;
}
