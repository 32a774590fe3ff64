import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitShape, formatShape, readingOf, shapeAsRead } from './fit-shape';
import { productOf } from '../../product-of';

const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 });
const entries = fc.array(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom('N', 'T'), fc.constant(null)), {
  maxLength: 5,
});
const options = { isRecurrent: fc.boolean(), isTestData: fc.boolean() };

function fitsEntries(shape: readonly (number | string | null)[], dims: readonly number[]): boolean {
  return (
    shape.length === dims.length && shape.every((entry, axis) => typeof entry !== 'number' || entry === dims[axis])
  );
}

describe('fitShape', () => {
  it('keeps every element, agrees with every fixed size, and never swaps axes', () => {
    fc.assert(
      fc.property(entries, sizes, (shape, dims) => {
        const fitted = fitShape(shape, dims);
        if (fitted === undefined) return;
        expect(productOf(fitted)).toBe(productOf(dims));
        expect(fitsEntries(shape, fitted)).toBe(true);
        const long = (each: readonly number[]) => each.filter((size) => size !== 1);
        // Apart from axes of size 1 nothing changes, unless all is one row on one of the two sides.
        if (long(fitted).length > 1 && long(dims).length > 1) expect(long(fitted)).toEqual(long(dims));
      }),
    );
  });

  it('finds every shape that differs by axes of size 1 alone', () => {
    fc.assert(
      fc.property(sizes, fc.array(fc.nat(5), { maxLength: 3 }), (dims, places) => {
        const shape = [...dims];
        for (const place of places) shape.splice(Math.min(place, shape.length), 0, 1);
        expect(fitShape(shape, dims)).toEqual(shape);
        expect(fitShape(dims, shape)).toEqual(dims);
      }),
    );
  });

  it('refuses to guess between rows and columns', () => {
    expect(fitShape([3, 8, 8], [8, 8, 3])).toBeUndefined();
    expect(fitShape([4, 6], [6, 4])).toBeUndefined();
    expect(fitShape([2, 12], [4, 6])).toBeUndefined();
    expect(fitShape(['H', 'W'], [24])).toBeUndefined();
  });
});

describe('readingOf', () => {
  it('finds nothing or a reading that feeds all elements in the shape of the input', () => {
    fc.assert(
      fc.property(fc.option(entries), sizes, fc.record(options), (shape, dims, chosen) => {
        const reading = readingOf(shape, dims, chosen);
        if (reading === undefined) return;
        const fed = shapeAsRead(shape, dims, reading)!;
        const steps = reading.hasTime ? dims[0]! : 1;
        expect(productOf(fed) * steps).toBe(productOf(dims));
        if (shape === null) return;
        const ofBatch = reading.isWhole ? shape : [null, ...shape.slice(1)];
        expect(fitsEntries(ofBatch, fed)).toBe(true);
        if (!reading.isWhole) expect(fed[0]).toBe(1);
      }),
    );
  });

  it('reads an extra axis as steps only if the model feeds state back', () => {
    const recurrent = { isRecurrent: true, isTestData: false };
    const plain = { isRecurrent: false, isTestData: false };
    expect(readingOf(['N', 8], [5, 8], recurrent)).toEqual({ isWhole: false, hasTime: true });
    expect(readingOf(['N', 8], [8], recurrent)).toEqual({ isWhole: false, hasTime: false });
    expect(readingOf(['N', 8], [5, 2, 8], recurrent)).toEqual({ isWhole: true, hasTime: true });
    expect(readingOf(['N', 8], [5, 8], plain)).toEqual({ isWhole: true, hasTime: false });
    expect(readingOf(['N', 8], [5, 2, 8], plain)).toBeUndefined();
  });
});

describe('formatShape', () => {
  it('shows sizes and symbols, and a question mark for unknown sizes', () => {
    expect(formatShape(['N', 3, null, -1])).toBe('[N, 3, ?, ?]');
  });
});
