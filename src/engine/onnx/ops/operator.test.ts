import { describe, expect, it } from 'vitest';
import { symbolicSize } from '../size';
import { boundedShape, isListLength, mostContent, unknownSizes } from './operator';

describe('what a file may name', () => {
  it('is the length of a list where it is a whole number from none to as many as are followed', () => {
    expect([0, 1, mostContent].map((length) => isListLength(length))).toEqual([true, true, true]);
    const others = [-1, mostContent + 1, 1.5, NaN, Infinity, null, undefined, symbolicSize('N')];
    expect(others.filter((length) => isListLength(length))).toEqual([]);
    expect([7, 8, 9].map((length) => isListLength(length, 8))).toEqual([true, true, false]);
  });

  it('is a size where it is not below 0 and numbers tell it apart', () => {
    const named = symbolicSize('N');
    expect(boundedShape([0, 3, named])).toEqual([0, 3, named]);
    expect(boundedShape([-1, 2 ** 53, 2 ** 53 - 1, NaN])).toEqual([null, null, 2 ** 53 - 1, null]);
    expect([boundedShape(undefined), boundedShape(Array<number>(100).fill(1))]).toEqual([undefined, undefined]);
  });

  it('is a rank where a tensor can have so many axes', () => {
    expect([unknownSizes(0), unknownSizes(2)]).toEqual([[], [null, null]]);
    expect([unknownSizes(-1), unknownSizes(100), unknownSizes(null)]).toEqual([undefined, undefined, undefined]);
  });
});
