/** GPT-2's writing of bytes as characters that can be seen. */

const characters = characterOfBytes();
const byteOf = new Map(characters.map((character, byte) => [character, byte]));
const utf8 = new TextEncoder();

/** The UTF-8 bytes of a text, each as its character. */
export function byteLevelText(text: string): string {
  let written = '';
  for (const byte of utf8.encode(text)) written += characters[byte];
  return written;
}

/** Returns the bytes of a token that `byteLevelText` wrote; the UTF-8 of a token with any other character, such as an added one. */
export function bytesOfByteLevelText(token: string): Uint8Array {
  const bytes = Array.from(token, (character) => byteOf.get(character));
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : utf8.encode(token);
}

function characterOfBytes(): readonly string[] {
  const isShown = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isShown(byte) ? byte : next++));
}
