import { expect, it } from 'vitest';
import type { DatasetDescription } from '../data/dataset';
import { warnOfTrainingData } from './training-data';

function described(name: string, more: Partial<DatasetDescription> = {}): DatasetDescription {
  return { name, format: 'npz', samples: 1, fields: [], sizeBytes: 1, notes: [], ...more };
}

it('warns of data to train with, by the names of arrays before that of the file', () => {
  const fields = [{ name: 'x_train', kind: 'numbers', dtype: 'float32', shape: [] }] as const;
  expect(warnOfTrainingData(described('test.npz', { part: 'train', fields }))).toEqual({
    code: 'training-data',
    message:
      'By its name, "x_train" of test.npz is training data. Accuracy on training data is higher than on new data: use test data.',
  });
  expect(warnOfTrainingData(described('train.csv'))?.message).toMatch(/^By its name, train.csv is training data\./);
  for (const other of [described('train.npz', { part: 'test' }), described('digits.npz'), described('val.csv')]) {
    expect(warnOfTrainingData(other)).toBeUndefined();
  }
});
