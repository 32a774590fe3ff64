import { describe, expect, it } from 'vitest';
import type { DataField, DatasetDescription } from '../dataset';
import { suggestLabel } from './suggest-label';

type Column = Pick<DataField, 'name'> & Partial<DataField>;

function table(columns: readonly (string | Column)[], more: Partial<DatasetDescription> = {}): DatasetDescription {
  const single = { kind: 'numbers', dtype: 'float64', shape: [] } as const;
  const fields = columns.map((column) => ({ ...single, ...(typeof column === 'string' ? { name: column } : column) }));
  const names = fields.filter(({ kind }) => kind === 'numbers').map(({ name }) => name);
  const joined: DataField = { ...single, name: 'features', shape: [names.length], columns: names };
  return { name: 'data', format: 'csv', samples: 4, fields: [...fields, joined], sizeBytes: 1, notes: [], ...more };
}

const takes = (...shape: readonly (string | number)[]) => [{ name: 'x', dtype: 'float32', shape }];
const words: Column = { name: 'kind', kind: 'class', dtype: 'int64', classes: ['a', 'b'] };

describe('suggestLabel', () => {
  it('suggests the last column that the model does not need if nothing else marks the label', () => {
    const found = suggestLabel(table(['age', 'bmi', 'progression']), takes('N', 2));
    expect(found).toEqual({
      name: 'progression',
      mapping: { array: 'progression' },
      reason:
        'Labels are in "progression", the last column, which the model does not need: check that it is the label.',
    });
  });

  it('suggests none if the model needs all columns, leaves several or has an unknown count', () => {
    const data = table(['age', 'bmi', 'progression']);
    for (const inputs of [takes('N', 3), takes('N', 1), takes('N', 'columns')]) {
      expect(suggestLabel(data, inputs)).toBeUndefined();
    }
  });

  it('never suggests a column that the model needs, regardless of name and content', () => {
    expect(suggestLabel(table(['x', 'y', 'z']), takes('N', 3))).toBeUndefined();
    expect(suggestLabel(table(['x', { name: 'count', looksLikeLabel: true }]), takes('N', 2))).toBeUndefined();
    expect(suggestLabel(table(['x', 'y', 'z']), takes('N', 2))?.name).toBe('y');
  });

  it('takes the labels of a part of a data set', () => {
    const fields: readonly DataField[] = [
      { name: 'x_test', kind: 'numbers', dtype: 'float32', shape: [4] },
      { name: 'y_test', kind: 'numbers', dtype: 'int64', shape: [] },
    ];
    const arrays = { name: 'digits.npz', format: 'npz', samples: 4, fields, sizeBytes: 1, notes: [] } as const;
    expect(suggestLabel(arrays, takes('N', 4))?.mapping).toEqual({ array: 'y_test' });
  });

  it('suggests a text column only if its class count matches the scores of the model', () => {
    const texts = (name: string, classes: readonly string[]): Column => ({
      name,
      kind: 'text',
      dtype: 'string',
      classes,
    });
    const diagnosis = texts('diagnosis', ['benign', 'malignant']);
    const scores = [{ name: 'probabilities', dtype: 'float32', shape: ['N', 2] }];
    const city = texts('city', ['Bern', 'Graz', 'Wien']);
    const data = table([diagnosis, city, 'radius', 'area', 'depth']);
    expect(suggestLabel(data, takes('N', 3), scores)).toEqual({
      name: 'diagnosis',
      mapping: { array: 'diagnosis' },
      reason:
        'Labels are in "diagnosis", the only texts with as many different values as "probabilities" has scores: check that it is the label.',
    });
    // The texts win over a column that the model does not need. They do not if two columns fit, or if the model has one output number.
    expect(suggestLabel(data, takes('N', 2), scores)?.name).toBe('diagnosis');
    const two = table([diagnosis, texts('sex', ['f', 'm']), 'radius', 'area', 'depth']);
    expect(suggestLabel(two, takes('N', 3), scores)).toBeUndefined();
    expect(suggestLabel(data, takes('N', 2), [{ name: 'y', dtype: 'float32', shape: ['N', 1] }])?.name).toBe('depth');
  });

  it('suggests the only array with one number per sample if other arrays feed every input', () => {
    const arrays = (fields: readonly DataField[]): DatasetDescription => ({ ...table([]), format: 'npz', fields });
    const numbers = { kind: 'numbers', dtype: 'float32' } as const;
    const pictures: DataField = { name: 'pictures', ...numbers, shape: [4] };
    const quality: DataField = { name: 'quality', ...numbers, shape: [] };
    const found = suggestLabel(arrays([pictures, quality]), takes('N', 4));
    expect(found?.mapping).toEqual({ array: 'quality' });
    expect(found?.reason).toContain('check that it is the label');
    const weight: DataField = { name: 'weight', ...numbers, shape: [] };
    expect(suggestLabel(arrays([pictures, quality, weight]), takes('N', 4))).toBeUndefined();
    const sides = [...takes('N', 4), { name: 'gain', dtype: 'float32', shape: ['N', 1] }];
    expect(suggestLabel(arrays([pictures, quality]), sides)).toBeUndefined();
  });

  it('takes classes before a column that is left over', () => {
    expect(suggestLabel(table(['a', 'b', words]), takes('N', 1))?.name).toBe('kind');
  });

  it('never suggests the joined columns or a field named like an input', () => {
    expect(suggestLabel(table([]), takes('N', 1))).toBeUndefined();
    const named = [{ name: 'label', dtype: 'float32', shape: ['N', 1] }];
    expect(suggestLabel(table(['a', 'label']), named)?.name).not.toBe('label');
  });
});
