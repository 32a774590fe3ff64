import { describe, expect, it } from 'vitest';
import type { DatasetDescription } from '../../../engine/data/dataset';
import { dataOf } from '../../testing/work-fixtures';
import { columnChoices, withColumn } from './data-columns';

const numbers = { kind: 'numbers', dtype: 'float64', shape: [] } as const;
const columns = ['rooms', 'area', 'price'];
const description: DatasetDescription = {
  ...dataOf().evaluation.description,
  format: 'csv',
  fields: [
    ...['id', ...columns].map((name) => ({ ...numbers, name })),
    { ...numbers, name: 'city', kind: 'text', dtype: 'string' },
    { ...numbers, name: 'features', shape: [3], columns },
  ],
};
const use = { description, labels: { array: 'price' } };

describe('the columns of an input', () => {
  it('are all columns of numbers, with the fed ones and the label', () => {
    expect(columnChoices('features', use)).toEqual([
      { name: 'id', isFed: false, isLabel: false },
      { name: 'rooms', isFed: true, isLabel: false },
      { name: 'area', isFed: true, isLabel: false },
      { name: 'price', isFed: false, isLabel: true },
    ]);
    const listed = columnChoices(['area'], { description, labels: null });
    expect(listed?.filter(({ isFed, isLabel }) => isFed || isLabel).map(({ name }) => name)).toEqual(['area']);
    expect(columnChoices('rooms', use)).toBeUndefined();
  });

  it('are listed once one is left out, and named together once all are back', () => {
    const listed = withColumn('features', 'rooms', false, use);
    expect(listed).toEqual(['area']);
    expect(withColumn(listed, 'rooms', true, use)).toBe('features');
    expect(withColumn('features', 'id', true, use)).toEqual(['id', 'rooms', 'area']);
  });

  it('keep an order that is not that of the table', () => {
    expect(withColumn(['area', 'rooms'], 'id', true, use)).toEqual(['area', 'rooms', 'id']);
  });
});
