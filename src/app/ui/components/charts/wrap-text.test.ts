import { describe, expect, it } from 'vitest';
import { cutName, wrapName, wrapText } from './wrap-text';

describe('wrapped text', () => {
  it('breaks at spaces and keeps every word', () => {
    expect(wrapText('INT8 dynamic per-channel', 13)).toEqual(['INT8 dynamic', 'per-channel']);
    expect(wrapText('short', 13)).toEqual(['short']);
    expect(wrapText('', 13)).toEqual([]);
  });

  it('cuts a word that is longer than a line', () => {
    expect(wrapText('abcdefgh', 3)).toEqual(['abc', 'def', 'gh']);
  });

  it('keeps beginning and end of a name that has no room', () => {
    expect(wrapName('4-bit weights, to nearest', 17, 2)).toEqual(['4-bit weights, to', 'nearest']);
    expect(wrapName('4-bit weights, to nearest + short names', 17, 2)).toEqual(['4-bit weights, to', '…+ short names']);
    expect(wrapName('abcdefghijklmnopqrstuvwxyz', 5, 2)).toEqual(['abcde', 'fghi…']);
    expect(cutName('4-bit weights + short names', 17)).toBe('4-bit…hort names');
    expect(cutName('4-bit weights', 17)).toBe('4-bit weights');
  });
});
