import { describe, expect, it } from 'vitest';
import type { DataField } from '../dataset';
import { sizesOfData } from './sizes-of-data';

const ids = { name: 'input_ids', dtype: 'int64', shape: ['batch', 'sequence'] } as const;
const field = (name: string, shape: DataField['shape']): DataField => ({
  name,
  kind: 'numbers',
  dtype: 'int64',
  shape,
});
const mapping = { inputs: { input_ids: { array: 'tokens' } } };

describe('sizes that data settles', () => {
  it('are those of the axes of a sample, never the batch', () => {
    expect(sizesOfData([ids], mapping, [field('tokens', [24])])).toEqual({ sequence: 24 });
  });

  it('are empty if samples differ, axes do not correspond or nothing is mapped', () => {
    expect(sizesOfData([ids], mapping, [field('tokens', [null])])).toEqual({});
    expect(sizesOfData([ids], mapping, [field('tokens', [2, 24])])).toEqual({});
    expect(sizesOfData([ids], { inputs: {} }, [field('tokens', [24])])).toEqual({});
    expect(sizesOfData([{ ...ids, shape: ['batch', 32] }], mapping, [field('tokens', [32])])).toEqual({});
  });
});
