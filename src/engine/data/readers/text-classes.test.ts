import { describe, expect, it } from 'vitest';
import { largestClassCount, TextClasses } from './text-classes';

function gather(texts: Iterable<string>): TextClasses {
  const classes = new TextClasses();
  for (const text of texts) classes.add(text);
  return classes;
}

describe('TextClasses', () => {
  it('gives the different texts without the space around them, sorted, and none for what is empty', () => {
    expect(gather(['dog', ' cat', 'Zebra', '', '  ', 'dog ']).sorted).toEqual(['Zebra', 'cat', 'dog']);
    expect(gather(['', ' ']).sorted).toBeUndefined();
  });

  it('gives up where texts are too many or too long to be classes, and keeps none of them', () => {
    const names = Array.from({ length: largestClassCount + 1 }, (_, index) => `n${index}`);
    expect(gather(names.slice(1)).sorted).toHaveLength(largestClassCount);
    for (const given of [gather(names), gather(['a', 'x'.repeat(300_000), 'a'])]) {
      expect(given.areTooMany).toBe(true);
      expect(given.sorted).toBeUndefined();
    }
  });
});
