import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeText } from './decode-text';

it('restores text written in UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      expect(decodeText(new TextEncoder().encode(text))).toBe(text);
    }),
  );
});

it('decodes bytes that are not UTF-8 as Windows-1252', () => {
  // Python: bytes(range(0x80, 0x100)).decode("cp1252", errors=lambda …), the five free places as they are.
  const high = Uint8Array.from({ length: 128 }, (_, index) => 0x80 + index);
  expect(decodeText(high)).toBe(
    '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ\xa0¡¢£¤¥¦§¨©ª«¬\xad®¯°±²³´µ¶·¸¹º»¼½¾¿' +
      'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ',
  );
});
