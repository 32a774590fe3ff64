import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutControls } from './terminal';

describe('text from files', () => {
  it.each([
    ['x\n::error::stop', 'x\n\\u003a:error::stop'],
    ['  ::set-output name=a::b', '  \\u003a:set-output name=a::b'],
    ['a ##[error]b', 'a \\u0023#[error]b'],
    ['##vso[task.setvariable]', '\\u0023#vso[task.setvariable]'],
  ])('commands no pipeline: %j', (text, shown) => expect(withoutControls(text)).toBe(shown));

  it.each(['std::string', 'a: b', '## Title', '```::x```'])('stays as it is: %j', (text) =>
    expect(withoutControls(text)).toBe(text),
  );

  it('begins no line with a command from a file', () => {
    const piece = fc.constantFrom(
      ':',
      '::',
      '#',
      '##[',
      '##vso[',
      '\n',
      '\r',
      ' ',
      '\u2028',
      '\u00a0',
      'error',
      '\u0085',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const shown = withoutControls(pieces.join(''));
        expect(shown.split(/[\n\r\u2028\u2029\u0085]/).filter((line) => line.trimStart().startsWith('::'))).toEqual([]);
        expect(shown).not.toMatch(/##(\[|vso\[)/);
      }),
      { numRuns: 2000 },
    );
  });

  it('stays one JSON document with the same content', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const document = JSON.stringify({ [`${name}##[error]`]: `\n::error::${name}` });
        expect(JSON.parse(withoutControls(document))).toEqual(JSON.parse(document));
      }),
    );
  });
});
