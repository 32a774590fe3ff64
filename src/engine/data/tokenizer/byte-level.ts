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

/** The other way round. A character that stands for no byte is its own UTF-8. */
export function bytesOfByteLevelText(text: string): Uint8Array {
  return Uint8Array.from(Array.from(text).flatMap((character) => byteOf.get(character) ?? [...utf8.encode(character)]));
}

function characterOfBytes(): readonly string[] {
  const isShown = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isShown(byte) ? byte : next++));
}
