import { describe, expect, it } from 'vitest';
import { fromBase64Url, toBase64, toBase64Url } from './base64-url';

describe('base64', () => {
  it('writes as Node does, in both alphabets, over the border of a piece', () => {
    for (const length of [0, 1, 2, 3, 24_575, 24_576, 24_577, 49_153]) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 167 + (index >> 8)) & 255);
      expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64').replace(/=+$/, ''));
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
    }
  });

  it('writes 105 MB, whose characters fit in no list', () => {
    expect(toBase64(new Uint8Array(105e6))).toHaveLength(140e6);
  });
});
