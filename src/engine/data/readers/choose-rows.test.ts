import { describe, expect, it } from 'vitest';
import { chooseRows } from './choose-rows';
import type { RowArray } from './row-array';

function array(name: string, rows: number): RowArray {
  const field = { name, kind: 'numbers', dtype: 'float32', shape: [] } as const;
  const open = () => ({
    read: () => {
      throw new Error('Nothing is read to choose.');
    },
  });
  return { field, title: `"${name}"`, rows, rowBytes: 4, open } as unknown as RowArray;
}

function chosen(...arrays: readonly (readonly [string, number])[]) {
  const {
    arrays: all,
    notes,
    labelProblem,
    part,
  } = chooseRows(
    arrays.map(([name, rows]) => array(name, rows)),
    '"set.npz"',
  );
  return { names: all.map(({ field }) => field.name), notes, labelProblem, part };
}

describe('chooseRows', () => {
  it('takes the largest group, of equal ones the one for testing', () => {
    const names = ['x_train', 'y_train', 'x_test', 'y_test'];
    const sizes = [60, 60, 10, 10];
    const { names: taken, labelProblem } = chosen(...names.map((name, index) => [name, sizes[index]!] as const));
    expect(taken).toEqual(['x_test', 'y_test']);
    expect(labelProblem).toBeUndefined();
  });

  it('prefers test data to training data, regardless of row and array counts', () => {
    const ofSizes = (sizes: Readonly<Record<string, number>>) => chosen(...Object.entries(sizes));
    const parts = { train_images: 600, train_labels: 600, val_images: 600, val_labels: 600 };
    const first = ofSizes({ ...parts, test_images: 500, test_labels: 500 });
    expect(first).toMatchObject({ names: ['val_images', 'val_labels'], part: 'val' });
    const more = { x_train: 60, y_train: 60, weight_train: 60, x_test: 10, y_test: 10 };
    expect(ofSizes(more)).toMatchObject({ names: ['x_test', 'y_test'], part: 'test' });
    const named = { x_train: 60, y_train: 60, class_names: 10, y_test: 5 };
    expect(ofSizes(named)).toMatchObject({ names: ['x_train', 'y_train'], part: 'train' });
  });

  it('gives an array of no part to none of several that are equally large', () => {
    const names = ['x_train', 'y_train', 'x_test', 'y_test', 'weight'];
    expect(chosen(...names.map((name) => [name, 50] as const)).names).toEqual(['x_test', 'y_test']);
  });

  it('mixes no parts of a data set that are equally large', () => {
    const ofSize = (...names: readonly string[]) => chosen(...names.map((name) => [name, 50] as const));
    const { names, notes, labelProblem } = ofSize('test_labels', 'train_images', 'train_labels', 'test_images');
    expect(names).toEqual(['test_labels', 'test_images']);
    expect(notes.join(' ')).toMatch(/^Left out "train_images", "train_labels" with 50 rows/);
    expect(labelProblem).toBeUndefined();
    expect(ofSize('X_val', 'y_val', 'X_test', 'y_test').names).toEqual(['X_val', 'y_val']);
    expect(ofSize('x_train', 'x_test', 'y_test').names).toEqual(['x_test', 'y_test']);
    expect(ofSize('x_test', 'y').names).toEqual(['x_test', 'y']);
  });

  it.each(['labels', 'y', 'y_test', 'train_labels', 'labels-idx1-ubyte'])(
    'says that as many %s as samples are needed, whichever are more',
    (name) => {
      for (const labels of [99, 101]) {
        const { names, labelProblem } = chosen(['x', 100], [name, labels]);
        expect(names).toEqual(['x']);
        expect(labelProblem).toBe(
          `The labels are not used: "${name}" has ${labels} rows and "x" has 100 rows. Give one label per sample.`,
        );
      }
    },
  );

  it('reports no problem if it omits other arrays or finds no labels', () => {
    expect(chosen(['x', 100], ['labels', 100], ['class', 3]).labelProblem).toBeUndefined();
    expect(chosen(['x', 100], ['mean', 3])).toMatchObject({ names: ['x'], labelProblem: undefined });
    expect(chosen(['labels', 5]).names).toEqual(['labels']);
  });
});
