import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isParetoError } from '../../errors';
import { parseClassList } from './class-list';

const read = (text: string, known?: readonly string[]) => parseClassList(text, 'labels.txt', known);

describe('parseClassList', () => {
  it.each([
    ['cat\ndog\n', ['cat', 'dog']],
    ['\uFEFFgreat white shark\r\nhen\r\n\r\n', ['great white shark', 'hen']],
    ['a\n\u3000\n b', ['a', '\u3000', 'b']],
    ['0 tench\n1 goldfish', ['tench', 'goldfish']],
    ['0: tench\n1:goldfish', ['tench', 'goldfish']],
    ['1\n2\n3', ['1', '2', '3']],
    ['["cat", "dog"]', ['cat', 'dog']],
    ['{"1": "dog", "0": "cat"}', ['cat', 'dog']],
    ['{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]}', ['n01440764', 'n01443537']],
  ])('reads %j', (text, names) => {
    expect(read(text)).toEqual(names);
  });

  it('takes of several words the one that the data knows', () => {
    const wordNet = 'n01440764 tench, Tinca tinca\nn01443537 goldfish';
    expect(read(wordNet)).toEqual(['n01440764 tench, Tinca tinca', 'n01443537 goldfish']);
    expect(read(wordNet, ['n01443537', 'n01440764'])).toEqual(['n01440764', 'n01443537']);
    expect(read('{"0": ["n1", "tench"], "1": ["n2", "hen"]}', ['hen', 'tench'])).toEqual(['tench', 'hen']);
  });

  it('finds classes of the data under other words, in other letters, and with other hyphens', () => {
    const names = '0 tench, Tinca tinca\n1 ladybug, ladybeetle\n2 Tiger Shark\n3 tiger-cat\n4 hen';
    expect(read(names, ['ladybug', 'tiger_cat', 'tiger shark', 'Tinca tinca'])).toEqual([
      'Tinca tinca',
      'ladybug',
      'tiger shark',
      'tiger_cat',
      'hen',
    ]);
    expect(read('n1 sea lion, seal\nn2 hen', ['sea lion', 'hen'])).toEqual(['sea lion', 'hen']);
    expect(read('{"0": ["n1", "sea_lion"], "1": ["n2", "hen"]}', ['sea lion', 'hen'])).toEqual(['sea lion', 'hen']);
    // Two lines have the word: neither can be meant for certain.
    expect(read('crane, bird\ncrane, machine\nhen', ['crane', 'hen'])).not.toContain('crane');
  });

  it('numbers a name that stands twice if the data has no such class', () => {
    expect(read('hen\ncrane\njay\ncrane', ['hen', 'jay'])).toEqual(['hen', 'crane', 'jay', 'crane (3)']);
    expect(() => read('hen\ncrane\njay\ncrane', ['hen', 'crane'])).toThrow('the class "crane" is in it twice');
  });

  it.each([
    ['', 'it must name at least two classes, one per line'],
    ['cat', 'it must name at least two classes, one per line'],
    ['cat\ndog\ncat', 'the class "cat" is in it twice'],
    ['cat\n\ndog', 'class 1 has no usable name'],
    ['{"cat": 0, "dog": 1}', 'its JSON is neither a list of names'],
    ['[1, 2]', 'its JSON is neither a list of names'],
    [Array.from({ length: 32_769 }, (_, index) => `c${index}`).join('\n'), 'it names more than 32768 classes'],
  ])('refuses %#', (text, why) => {
    expect(() => read(text)).toThrow(`labels.txt cannot be used as class order: ${why}`);
  });

  it('returns distinct names or throws a typed error for any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.array(fc.string()).map((all) => all.join('\n')),
        ),
        (text) => {
          try {
            const names = read(text);
            expect(new Set(names).size).toBe(names.length);
          } catch (error) {
            expect(isParetoError(error) && error.code).toBe('classes/invalid');
          }
        },
      ),
    );
  });
});
