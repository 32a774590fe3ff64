import { describe, expect, it } from 'vitest';
import { splitText, type SplitBehavior } from './split-text';

describe('splitText', () => {
  // The cases are those of the Python package's documentation.
  it.each<[SplitBehavior, readonly string[]]>([
    ['Removed', ['the', 'final', 'countdown']],
    ['Isolated', ['the', '-', 'final', '-', '-', 'countdown']],
    ['MergedWithPrevious', ['the-', 'final-', '-', 'countdown']],
    ['MergedWithNext', ['the', '-final', '-', '-countdown']],
    ['Contiguous', ['the', '-', 'final', '--', 'countdown']],
  ])('%s', (behavior, parts) => {
    expect(splitText('the-final--countdown', /-/g, behavior)).toEqual(parts);
  });

  it('treats the text between matches as the delimiter if inverted', () => {
    expect(splitText('ab12', /[a-z]+/g, 'Removed', true)).toEqual(['ab']);
    expect(splitText('', /-/g, 'Isolated')).toEqual([]);
  });
});
