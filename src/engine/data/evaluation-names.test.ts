import { expect, it } from 'vitest';
import { isForEvaluation, partNamed } from './evaluation-names';

it.each(
  'test.csv X_test.npy xtest yTest XTest testing-data test01.parquet test-00000-of-00002.parquet val val2017 x_val.npy valid.csv validation_labels eval evaluation-set t10k-images-idx3-ubyte.gz Test testimages testlabels.npy validationset evalset.npz my-eval-set devtest valdata imagesTEST TESTData xtest2'.split(
    ' ',
  ),
)('takes %s for data to test with', (name) => {
  expect(isForEvaluation(name)).toBe(true);
});

it.each(
  'latest.csv interval.parquet contest contested invalid values value retrieval medieval fastest_lap attestation protest devil vals evaluated testimony testament train.csv x'.split(
    ' ',
  ),
)('does not take %s for data to test with', (name) => {
  expect(isForEvaluation(name)).toBe(false);
});

it('tells the parts of a data set apart', () => {
  const names = [
    'x_train',
    'trainingSet',
    'y_valid',
    'validation-labels',
    'evaluation',
    'tests',
    't10k-images',
    'y',
    'split_test_of_train',
  ];
  expect(names.map(partNamed)).toEqual(['train', 'train', 'val', 'val', 'eval', 'test', 'test', undefined, 'test']);
});
