import { describe, expect, it } from 'vitest';
import { classesByNumber, suggestOrderByNumber } from './numbered-classes';

const output = (name: string, width: number | string) => ({ name, dtype: 'float32', shape: ['N', width] });

describe('classesByNumber', () => {
  it('puts each name at its number, as it is written', () => {
    expect(classesByNumber(['10', '4', '06'], 12)).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
      '06',
      '7',
      '8',
      '9',
      '10',
      '11',
    ]);
    expect(classesByNumber(['0', '1', '10', '2'], 4)).toBeNull();
  });

  it.each([[['1', '01']], [['1', '-1']], [['1', 'cat']], [['1', '1.5']], [['1', '']], [['1', '1e1']]])(
    'takes %j for no numbers of classes',
    (names) => {
      expect(classesByNumber(names, 100)).toBeNull();
    },
  );
});

describe('suggestOrderByNumber', () => {
  it('treats numeric folder names as class numbers if some classes have no folder', () => {
    const { classes, reason } = suggestOrderByNumber(['1', '3'], [output('logits', 4)])!;
    expect(classes).toEqual(['0', '1', '2', '3']);
    expect(reason).toContain('fewer than the 4 scores of output "logits"');
    expect(suggestOrderByNumber(['7'], [output('logits', 10)])?.classes).toHaveLength(10);
  });

  it('keeps the torchvision order of folders if every class has one', () => {
    const folders = ['0', '1', '10', '2', '3', '4', '5', '6', '7', '8', '9'];
    expect(suggestOrderByNumber(folders, [output('logits', 11)])).toBeUndefined();
  });

  it.each([
    ['names that are no numbers', ['cat', '3'], [output('logits', 4)]],
    ['a number that the output has no score for', ['1', '4'], [output('logits', 4)]],
    ['an output of unknown width', ['1', '3'], [output('logits', 'C')]],
    ['an output that says yes or no', ['1', '0'], [output('score', 1)]],
    ['two outputs of which the order would choose the other', ['1', '3'], [output('x', 4), output('logits', 4)]],
  ])('suggests nothing for %s', (_, folders, outputs) => {
    expect(suggestOrderByNumber(folders, outputs)).toBeUndefined();
  });
});
