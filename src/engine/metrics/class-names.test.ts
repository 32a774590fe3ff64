import { expect, it } from 'vitest';
import { checkClassCount } from './class-names';

const classes = ['cat', 'dog', 'owl'];

it('ignores an order with as many classes as scores, and an output with one number', () => {
  expect(checkClassCount(classes, { name: 'y', width: 3 })).toBeUndefined();
  expect(checkClassCount(classes, { name: 'y', width: 1 })).toBeUndefined();
});

it('warns of an order that is too short, and refuses one that is too long', () => {
  expect(checkClassCount(classes, { name: 'y', width: 10 })).toMatchObject({
    code: 'class-names',
    message: expect.stringContaining(
      'has 3 classes, and output "y" has 10 scores, so the order applies to the first 3',
    ),
  });
  expect(() => checkClassCount(classes, { name: 'y', width: 2 })).toThrow(
    'The class order has 3 classes, and output "y" has 2 scores. List one class for each score, in the order of the model.',
  );
});
