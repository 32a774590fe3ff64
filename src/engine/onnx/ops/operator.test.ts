import { describe, expect, it } from 'vitest';
import { symbolicSize } from '../size';
import { boundedShape, isListLength, mostContent, unknownSizes } from './operator';

describe('sizes that a file names', () => {
  it('are list lengths only as whole numbers from zero to the followed maximum', () => {
    expect([0, 1, mostContent].map((length) => isListLength(length))).toEqual([true, true, true]);
    const others = [-1, mostContent + 1, 1.5, NaN, Infinity, null, undefined, symbolicSize('N')];
    expect(others.filter((length) => isListLength(length))).toEqual([]);
    expect([7, 8, 9].map((length) => isListLength(length, 8))).toEqual([true, true, false]);
  });

  it('are sizes only if they are nonnegative and exactly representable', () => {
    const named = symbolicSize('N');
    expect(boundedShape([0, 3, named])).toEqual([0, 3, named]);
    expect(boundedShape([-1, 2 ** 53, 2 ** 53 - 1, NaN])).toEqual([null, null, 2 ** 53 - 1, null]);
    expect([boundedShape(undefined), boundedShape(Array<number>(100).fill(1))]).toEqual([undefined, undefined]);
  });

  it('are ranks only if a tensor can have that many axes', () => {
    expect([unknownSizes(0), unknownSizes(2)]).toEqual([[], [null, null]]);
    expect([unknownSizes(-1), unknownSizes(100), unknownSizes(null)]).toEqual([undefined, undefined, undefined]);
  });
});
