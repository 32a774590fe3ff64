import { describe, expect, it } from 'vitest';
import type { InputDescription } from './feeds';
import { freeDimensionsOf, sizesToAssume, withoutBatchSizes, withSuggestedDimensions } from './free-dimensions';

const image: InputDescription = { name: 'image', dtype: 'float32', shape: ['N', 3, null, null] };
const ids: InputDescription = { name: 'ids', dtype: 'int64', shape: ['N', 'length'] };
const fixed: InputDescription = { name: 'rate', dtype: 'int64', shape: [] };

describe('freeDimensionsOf', () => {
  it('lists a shared symbol once, with every place, and unnamed axes by their place', () => {
    const found = freeDimensionsOf([image, ids, fixed]);
    expect(found.map(({ key, suggested, isBatch }) => [key, suggested, isBatch])).toEqual([
      ['N', 1, true],
      ['image.2', 224, false],
      ['image.3', 224, false],
      ['length', 128, false],
    ]);
    expect(found[0]!.places).toEqual([
      { input: 'image', axis: 0 },
      { input: 'ids', axis: 0 },
    ]);
  });
});

describe('withoutBatchSizes', () => {
  it('leaves the other sizes', () => {
    expect(withoutBatchSizes([image, ids], { N: 4, length: 9 })).toEqual({ length: 9 });
  });
});

describe('sizesToAssume', () => {
  it('returns the sizes a benchmark assumes, including the given ones, if a size is open', () => {
    expect(sizesToAssume([image, ids], { N: 4 })).toEqual(withSuggestedDimensions([image, ids], { N: 4 }));
    expect(sizesToAssume([ids], {})).toEqual({ N: 1, length: 128 });
    expect(sizesToAssume([{ ...ids, mostTokens: 64 }], {})).toEqual({ N: 1, length: 64 });
  });

  it('returns null if no size is open', () => {
    expect(sizesToAssume([fixed], {})).toBeNull();
    expect(sizesToAssume([ids], { N: 2, length: 0 })).toBeNull();
  });
});
