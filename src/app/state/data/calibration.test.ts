import { describe, expect, it } from 'vitest';
import { checkMapping } from '../../../engine/data/mapping/check-mapping';
import { dataOf, sourceOf } from '../../testing/work-fixtures';
import { currentCalibration, sameCalibration, splitCounts } from './calibration';

describe('currentCalibration', () => {
  it('is the part that is set aside, or nothing without one', () => {
    const data = dataOf();
    expect(currentCalibration(null)).toBeNull();
    expect(currentCalibration(data)).toBeNull();
    const setAside = { ...data, split: { seed: 3, calibration: 20, evaluation: 50 } };
    expect(currentCalibration(setAside)).toMatchObject({
      dataKey: data.evaluation.key,
      split: { seed: 3, calibration: 20, evaluation: null },
    });
  });

  it('takes files of their own as the shell does that is given the saved recipe and these files', () => {
    const data = {
      ...dataOf(),
      calibration: sourceOf('more', 500),
      split: { seed: 3, calibration: 20, evaluation: null },
    };
    expect(currentCalibration(data)).toMatchObject({
      dataName: 'more',
      split: { seed: 3, calibration: 512, evaluation: null },
    });
    // There are no more of them.
    expect(splitCounts(data)).toEqual({ calibration: 500, evaluation: 100 });
  });

  it('gives files of their own no labels that only the evaluation data has', () => {
    const folders = { name: 'folder', kind: 'class', dtype: 'int64', shape: [], classes: ['a', 'b'] } as const;
    const own = sourceOf('own', 500);
    const { evaluation, mapping } = dataOf();
    const data = {
      ...dataOf(),
      evaluation: {
        ...evaluation,
        description: { ...evaluation.description, fields: [evaluation.description.fields[0]!, folders] },
      },
      calibration: own,
      mapping: {
        ...mapping,
        labels: { folders: true as const },
        task: { kind: 'classification' as const, output: 'y' },
      },
    };
    const model = {
      inputs: [{ name: 'x', dtype: 'float32', shape: ['N', 4] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: ['N', 2] }],
    };
    expect(checkMapping(data.mapping, own.description, model)[0]).toContain('no sub-folders');
    expect(checkMapping(currentCalibration(data)!.mapping, own.description, model)).toEqual([]);
    expect(currentCalibration({ ...data, mapping })!.mapping).toEqual(mapping);
  });

  it('differs by data, inputs and samples, and not by the task of the labels', () => {
    const data = { ...dataOf(), split: { seed: 0, calibration: 20, evaluation: null } };
    const now = currentCalibration(data);
    const evaluated = { ...data, mapping: { ...data.mapping, task: { kind: 'match' as const } } };
    expect(sameCalibration(now, currentCalibration(evaluated))).toBe(true);
    const fewer = { ...data, split: { ...data.split, evaluation: 10 } };
    expect(sameCalibration(now, currentCalibration(fewer))).toBe(true);
    const others = [
      { ...data, evaluation: sourceOf('other') },
      { ...data, mapping: { ...data.mapping, inputs: { x: { array: 'y' } } } },
      { ...data, split: { ...data.split, calibration: 21 } },
      { ...data, split: { ...data.split, seed: 1 } },
    ];
    for (const other of others) expect(sameCalibration(now, currentCalibration(other))).toBe(false);
    expect(sameCalibration(now, null)).toBe(false);
  });
});
