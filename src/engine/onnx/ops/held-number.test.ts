import { describe, expect, it } from 'vitest';
import { DataType } from '../data-type';
import { addSizes, floorDivideSizes, floorScaleSize, multiplySizes, symbolicSize } from '../size';
import { finite, heldNumber } from './held-number';

describe('heldNumber', () => {
  it.each([
    ['float32, rounded', DataType.float32, 0.1, Math.fround(0.1)],
    ['float32, too large', DataType.float32, 1e39, null],
    ['float16, rounded to even', DataType.float16, 2049, 2048],
    ['float16, too large', DataType.float16, 70_000, null],
    ['float64', DataType.float64, 0.1, 0.1],
    ['uint8 that would wrap', DataType.uint8, 256, null],
    ['int8', DataType.int8, -128, -128],
    ['int64 of more than 53 bits', DataType.int64, 2 ** 53, null],
    ['an integer of no known type', undefined, 7, 7],
    ['a fraction of no known type', undefined, 0.5, null],
    ['a fraction as an integer', DataType.int32, 0.5, null],
    ['a type without numbers', DataType.string, 1, null],
  ])('holds %s', (_what, type, value, held) => {
    expect(heldNumber(type, value)).toBe(held);
  });

  it.each([
    ['an axis', symbolicSize('N'), true],
    ['halves and doubles of one', multiplySizes(symbolicSize('N'), 2 ** 12), true],
    ['a small multiple and one more', addSizes(multiplySizes(symbolicSize('N'), 12), 1), true],
    ['an even multiple and one more', addSizes(multiplySizes(symbolicSize('N'), 1024), 1), false],
    ['even multiples of two axes', multiplySizes(addSizes(symbolicSize('H'), symbolicSize('W')), 1024), true],
    ['multiples of two axes', addSizes(symbolicSize('H'), multiplySizes(symbolicSize('W'), 16)), false],
    ['a part of an axis', floorDivideSizes(symbolicSize('N'), 3), true],
    ['a part of a multiple', floorDivideSizes(multiplySizes(symbolicSize('N'), 1001), 2), false],
    ['a part of a product', floorDivideSizes(symbolicSize('N'), symbolicSize('M')), true],
    ['a large multiple, rounded', floorScaleSize(symbolicSize('N'), 1000.3), false],
    ['a multiple of many digits', multiplySizes(symbolicSize('N'), 1001), false],
    ['a product of axes, of a large picture', multiplySizes(symbolicSize('H'), symbolicSize('W')), false],
  ])('keeps %s in float32 only if float32 certainly holds it', (_what, size, isHeld) => {
    expect(heldNumber(DataType.float32, size)).toBe(isHeld ? size : null);
    expect(heldNumber(DataType.int64, size)).toBe(size);
  });

  it('passes symbols and unknown values through', () => {
    const size = symbolicSize('N');
    expect(heldNumber(DataType.uint8, size)).toBe(size);
    expect(heldNumber(DataType.int64, null)).toBeNull();
  });
});

describe('finite', () => {
  it('returns null for infinite values', () => {
    expect([Infinity, -Infinity, 5].map(finite)).toEqual([null, null, 5]);
  });
});
