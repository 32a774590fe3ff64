import { describe, expect, it } from 'vitest';
import { chooseFiles } from './open-dataset';
import type { DataFormat } from './dataset';
import { memoryFile } from './testing/memory-files';

/** Paths with sizes; what is chosen of them. */
function chosen(format: DataFormat, files: Readonly<Record<string, number>>): readonly string[] {
  const given = Object.entries(files).map(([path, sizeBytes]) => memoryFile(path, new Uint8Array(sizeBytes)));
  return chooseFiles(format, given).map(({ path }) => path);
}

describe('chooseFiles', () => {
  it('takes one table or archive: that for testing by its name, else the largest', () => {
    expect(chosen('csv', { 'data/test.csv': 1, 'data/train.csv': 9 })).toEqual(['data/test.csv']);
    expect(chosen('csv', { 'latest.csv': 1, 'homes.csv': 9 })).toEqual(['homes.csv']);
    expect(chosen('npz', { 'a.npz': 3, 'b.npz': 2 })).toEqual(['a.npz']);
    expect(chosen('npz', { 'small_val.npz': 2, 'val.npz': 5, 'train.npz': 90 })).toEqual(['val.npz']);
  });

  it('goes by the name of the file, not by the folders that it is in', () => {
    expect(chosen('csv', { 'test/train.csv': 1, 'all/rest.csv': 9 })).toEqual(['all/rest.csv']);
  });

  it('keeps the parts of one Parquet table together, and takes one of several tables', () => {
    const parts = { 'a/train-00000-of-00002.parquet': 5, 'a/train-00001-of-00002.parquet': 5 };
    expect(chosen('parquet', parts)).toEqual(Object.keys(parts));
    expect(chosen('parquet', { ...parts, 'a/test-00000-of-00001.parquet': 1 })).toEqual([
      'a/test-00000-of-00001.parquet',
    ]);
    // The sizes of the parts of one table are added up.
    expect(chosen('parquet', { ...parts, 'a/interval.parquet': 8 })).toEqual(Object.keys(parts));
  });

  it('takes all files of the other formats', () => {
    for (const format of ['npy', 'idx', 'pictures'] as const) {
      expect(chosen(format, { 'x_train.npy': 1, 'x_test.npy': 2 })).toHaveLength(2);
    }
  });
});
