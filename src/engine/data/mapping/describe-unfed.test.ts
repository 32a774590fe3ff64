import { expect, it } from 'vitest';
import type { DataField, DatasetDescription } from '../dataset';
import { describeUnfed } from './describe-unfed';

const input = { name: 'x', dtype: 'float32', shape: ['N', 3, 8, 8] };
const single: Omit<DataField, 'name'> = { kind: 'numbers', dtype: 'float64', shape: [] };

function data(fields: readonly DataField[], more: Partial<DatasetDescription> = {}): DatasetDescription {
  return { name: 'set.npz', format: 'npz', samples: 9, fields, sizeBytes: 1, notes: [], ...more };
}

it('names the shapes of model and data, and the omitted files', () => {
  const fields: DataField[] = [
    { name: 'y', kind: 'numbers', dtype: 'int64', shape: [] },
    { name: 'image', kind: 'picture', dtype: 'uint8', shape: [null, null, 3] },
    { name: 'ids', kind: 'numbers', dtype: 'int64', shape: [null] },
  ];
  const leftOut = ['Left out "z.npy" in "set.npz" with 3 rows.'];
  expect(describeUnfed(input, data(fields, { leftOut }))).toBe(
    'No field of set.npz fits input "x" (float32 [N, 3, 8, 8]). It has "y" (int64), "image" (picture) and "ids" (int64 [?]). Left out "z.npy" in "set.npz" with 3 rows.',
  );
});

it('names a few columns of a wide table, and says that they do not fit together', () => {
  const columns = Array.from({ length: 9 }, (_, at) => `c${at}`);
  const fields = columns.map((name) => ({ ...single, name }));
  const joined: DataField = { ...single, name: 'features', shape: [9], columns };
  expect(describeUnfed({ ...input, shape: null }, data([...fields, joined], { format: 'csv' }))).toMatch(
    /^No field of set.npz fits input "x" \(float32\)\. It has "c0" \(float64\), .*"c5" \(float64\) and 3 more\. Together, its 9 columns of numbers do not fit\. A mapping can list the ones to use\.$/,
  );
});
