import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitClassOrder, type AnswerCount } from './class-order';

const counts = (confusion: readonly (readonly number[])[]): readonly AnswerCount[] =>
  confusion.flatMap((row, label) => row.flatMap((count, predicted) => (count > 0 ? { label, predicted, count } : [])));

describe('fitClassOrder', () => {
  it('finds the class that each output stands for', () => {
    const fitted = fitClassOrder(
      counts([
        [1, 0, 9],
        [8, 2, 0],
        [0, 10, 0],
      ]),
      3,
    );
    expect(fitted.order).toEqual([1, 2, 0]);
    expect(fitted.correct).toBe(27);
    expect(fitted.meanRecall.before).toBeCloseTo((0.1 + 0.2 + 0) / 3, 12);
    expect(fitted.meanRecall.fitted).toBeCloseTo((0.9 + 0.8 + 1) / 3, 12);
  });

  it('gives up the largest count if the others are right more often together', () => {
    const fitted = fitClassOrder(
      counts([
        [10, 9],
        [9, 0],
      ]),
      2,
    );
    expect(fitted).toMatchObject({ order: [1, 0], correct: 18 });
  });

  it('leaves classes in place if another order is only as good', () => {
    const even = counts([
      [3, 3, 0],
      [3, 3, 0],
      [0, 0, 6],
    ]);
    expect(fitClassOrder(even, 3).order).toEqual([0, 1, 2]);
  });

  it('takes more classes than outputs that answered, and more outputs than classes', () => {
    expect(fitClassOrder(counts([[5], [9], [1]]), 3)).toMatchObject({ order: [1, 0, 2], correct: 9 });
    expect(fitClassOrder(counts([[2, 4, 3]]), 3)).toMatchObject({ order: [1, 0, 2], correct: 4 });
  });

  it('undoes a permutation of more classes than are weighed exactly', () => {
    const size = 1200;
    const answers = Array.from({ length: size }, (_, label) => ({
      label,
      predicted: (label * 7 + 1) % size,
      count: 20,
    }));
    const noise = answers.map(({ label }) => ({ label, predicted: label, count: 1 }));
    const { order, correct } = fitClassOrder([...noise, ...answers], size);
    expect(answers.every(({ label, predicted }) => order[predicted] === label)).toBe(true);
    expect(correct).toBe(size * 20);
  });

  it('leaves classes that do not occur in place, or in free places', () => {
    expect(fitClassOrder(counts([[0, 5]]), 4).order).toEqual([1, 0, 2, 3]);
    expect(fitClassOrder([], 3)).toMatchObject({ order: [0, 1, 2], correct: 0 });
  });

  it('undoes any permutation of a model that is mostly right', () => {
    const permutation = fc.integer({ min: 2, max: 40 }).chain((size) =>
      fc.shuffledSubarray(
        Array.from({ length: size }, (_, index) => index),
        { minLength: size },
      ),
    );
    fc.assert(
      fc.property(permutation, (answers) => {
        const confusion = answers.map((answer) => answers.map((_, predicted) => (predicted === answer ? 20 : 1)));
        const { order } = fitClassOrder(counts(confusion), answers.length);
        expect(answers.every((answer, label) => order[answer] === label)).toBe(true);
      }),
    );
  });

  it('names each class once for any predictions', () => {
    const table = fc.array(fc.array(fc.nat(5), { minLength: 6, maxLength: 6 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(table, (confusion) => {
        const { order } = fitClassOrder(counts(confusion), 6);
        expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
      }),
    );
  });
});
