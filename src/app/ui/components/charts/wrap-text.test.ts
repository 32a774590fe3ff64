import { describe, expect, it } from 'vitest';
import { wrapText, wrapTextClipped } from './wrap-text';

describe('wrapped text', () => {
  it('breaks at spaces and keeps every word', () => {
    expect(wrapText('INT8 dynamic per-channel', 13)).toEqual(['INT8 dynamic', 'per-channel']);
    expect(wrapText('short', 13)).toEqual(['short']);
    expect(wrapText('', 13)).toEqual([]);
  });

  it('cuts a word that is longer than a line', () => {
    expect(wrapText('abcdefgh', 3)).toEqual(['abc', 'def', 'gh']);
  });

  it('ends in an ellipsis where there is no room for more', () => {
    expect(wrapTextClipped('INT8 dynamic per-channel + Conv', 14, 2)).toEqual(['INT8 dynamic', 'per-channel +…']);
    expect(wrapTextClipped('INT8 dynamic', 14, 2)).toEqual(['INT8 dynamic']);
  });
});
