import { expect, it } from 'vitest';
import { describeError } from './describe-error';

it('states a lack of memory as one, and no defect of Pareto', () => {
  let error: unknown;
  try {
    void new ArrayBuffer(2 ** 53 - 1);
  } catch (thrown) {
    error = thrown;
  }
  expect(describeError(error, false)).toMatch(/^Out of memory: Array buffer allocation failed\. Close other programs/);
  expect(describeError(new RangeError('Invalid string length'), false)).toMatch(/^Out of memory/);
  expect(describeError(new Error('No such key'), false)).toMatch(/^Internal error in Pareto: No such key\. .*--debug/);
});
