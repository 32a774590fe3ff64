/** Base64 in the alphabet of addresses, without padding (RFC 4648). */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Bytes of one piece: a multiple of three. */
const pieceBytes = 3 * 8192;

/** Writes bytes as base64url (RFC 4648, section 5), without padding. One string for each piece: a list of characters takes nine times its text. */
export function toBase64Url(bytes: Uint8Array, letters = alphabet): string {
  const codes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const decoder = new TextDecoder();
  let text = '';
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    text += decoder.decode(encodePiece(bytes.subarray(start, start + pieceBytes), codes));
  }
  return text;
}

/** The same in the alphabet of `atob` (section 4). */
export function toBase64(bytes: Uint8Array): string {
  return toBase64Url(bytes, alphabet.replace('-_', '+/'));
}

function encodePiece(bytes: Uint8Array, codes: Uint8Array): Uint8Array {
  const encoded = new Uint8Array(4 * Math.ceil(bytes.length / 3));
  for (let index = 0, place = 0; index < bytes.length; index += 3, place += 4) {
    const group = (bytes[index]! << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    encoded[place] = codes[group >> 18]!;
    encoded[place + 1] = codes[(group >> 12) & 63]!;
    encoded[place + 2] = codes[(group >> 6) & 63]!;
    encoded[place + 3] = codes[group & 63]!;
  }
  return encoded.subarray(0, Math.ceil((bytes.length * 4) / 3));
}

/** `undefined` for a text that is none. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let pending = 0;
  let offset = 0;
  for (let index = 0; index < text.length; index += 1) {
    const value = alphabet.indexOf(text.charAt(index));
    if (value < 0) return undefined;
    pending = ((pending << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[offset] = (pending >> bits) & 255;
      offset += 1;
    }
  }
  return bytes;
}
