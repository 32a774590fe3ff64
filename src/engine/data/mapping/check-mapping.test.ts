import { describe, expect, it } from 'vitest';
import type { DatasetDescription } from '../dataset';
import { checkMapping } from './check-mapping';
import type { DataMapping } from './mapping';

const description: DatasetDescription = {
  name: 'pets',
  format: 'npz',
  samples: 4,
  fields: [
    { name: 'x', kind: 'numbers', dtype: 'float32', shape: [3] },
    { name: 'y', kind: 'class', dtype: 'int64', shape: [], classes: ['ant', 'bee', 'cat', 'dog', 'elk', 'fox'] },
  ],
  sizeBytes: 10,
  notes: [],
};
const model = {
  inputs: [{ name: 'x', dtype: 'float32', shape: ['N', 3] }],
  outputs: [{ name: 'p', dtype: 'float32', shape: ['N', 1] }],
};

function problemsOf(labels: DataMapping['labels'], positive?: string): readonly string[] {
  const task =
    positive === undefined ? {} : { task: { kind: 'binary', output: 'p', threshold: 0.5, positive } as const };
  return checkMapping({ inputs: { x: { array: 'x' } }, labels, ...task }, description, model);
}

describe('checkMapping: the order of classes', () => {
  it('takes one that has some of the classes: samples of others are skipped and counted', () => {
    expect(problemsOf({ array: 'y', classes: ['cat', 'ant', 'yak'] })).toEqual([]);
  });

  it('refuses one that has none of them, and says which there are', () => {
    expect(problemsOf({ array: 'y', classes: ['Ant', 'Bee'] })).toEqual([
      'The class order contains none of the classes of "y", which are "ant", "bee", "cat", "dog", "elk" and so on. Write them as in the data.',
    ]);
  });

  it('refuses a positive class that there is not', () => {
    expect(problemsOf({ array: 'y' }, 'cat')).toEqual([]);
    expect(problemsOf({ array: 'y', classes: ['cat', 'dog'] }, 'ant')).toEqual([
      'The positive class "ant" is not one of "cat" and "dog".',
    ]);
    expect(problemsOf({ array: 'x' }, '1.0')).toEqual([]);
    expect(problemsOf({ array: 'x' }, 'yes')).toEqual([
      'The positive class "yes" is not a number, but the labels in "x" are.',
    ]);
  });
});
