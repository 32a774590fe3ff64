import { describe, expect, it } from 'vitest';
import { largestClassCount, TextClasses } from './text-classes';

function gather(texts: Iterable<string>): TextClasses {
  const classes = new TextClasses();
  for (const text of texts) classes.add(text);
  return classes;
}

describe('TextClasses', () => {
  it('returns the distinct trimmed texts, sorted, without empty ones', () => {
    const { described } = gather(['dog', ' cat', 'Zebra', '', '  ', 'dog ']);
    expect(described).toEqual({ classes: ['Zebra', 'cat', 'dog'] });
    expect(gather(['', ' ']).described).toEqual({});
  });

  it('leaves numeric texts unsorted, even beside markers of missing values', () => {
    for (const texts of [
      ['0', '10', '2'],
      ['0.5', '-1', '+2e3', ' .5 '],
      ['1', 'nan', 'N/A', ''],
    ]) {
      expect(gather(texts).described).toEqual({ areNumbers: true });
    }
    expect(gather(['1', 'nan', '10', '2']).numbers).toEqual([1, 10, 2]);
    for (const texts of [
      ['1', 'inf'],
      ['0x10', '7'],
      ['1', 'one'],
      ['none', 'null'],
    ]) {
      expect(gather(texts).described).toEqual({ classes: texts.toSorted() });
    }
  });

  it('rejects too many or too long texts as classes and keeps none of them', () => {
    const names = Array.from({ length: largestClassCount + 1 }, (_, index) => `n${index}`);
    expect(gather(names.slice(1)).described.classes).toHaveLength(largestClassCount);
    for (const given of [gather(names), gather(['a', 'x'.repeat(300_000), 'a'])]) {
      expect(given.areTooMany).toBe(true);
      expect(given.described).toEqual({});
    }
  });
});
