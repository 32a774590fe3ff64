import { describe, expect, it } from 'vitest';
import { matchesWords, searchTextOf, wordsOfQuery } from './find-nodes';

const text = searchTextOf({ op: 'Conv', path: 'graph/backbone.conv1', outputShapes: [[1, 64, 112, 'N*2']] });
const finds = (query: string): boolean => matchesWords(text, wordsOfQuery(query));

describe('finding nodes', () => {
  it('takes operators, names and shapes, in any order and case', () => {
    expect(finds('CONV')).toBe(true);
    expect(finds('conv1 64x112')).toBe(true);
    expect(finds('112xn*2 backbone')).toBe(true);
    expect(finds('relu')).toBe(false);
    expect(finds('conv relu')).toBe(false);
    expect(finds('')).toBe(true);
  });

  it.each(['64x112', '64×112', '64 × 112', '64 x 112', '[64, 112]', '1 × 64 × 112 × N*2'])(
    'takes a shape as it is written: %s',
    (query) => expect(finds(query)).toBe(true),
  );
});
