import { describe, expect, it } from 'vitest';
import { axisFor, classRows, placeOn } from './results-model';

describe('results', () => {
  it('stand on an axis that all intervals fit on', () => {
    const axis = axisFor([
      { value: 0.979, interval: [0.966, 0.987] },
      { value: 0.93, interval: [0.912, 0.948] },
    ]);
    expect(axis.from).toBeCloseTo(0.9);
    expect(axis.to).toBeCloseTo(1);
    expect(placeOn(axis, 0.95)).toBeCloseTo(0.5);
    expect(placeOn(axis, 0.5)).toBe(0);
  });

  it('have an axis of some width for a single certain figure', () => {
    for (const value of [0, 0.5, 1]) {
      const { from, to } = axisFor([{ value, interval: [value, value] }]);
      expect(to).toBeGreaterThan(from);
    }
  });

  it('list classes, the worst first, with what they were taken for', () => {
    const rows = classRows({
      names: ['cat', 'dog', 'bird', 'fish'],
      confusion: [
        [8, 2, 0, 0],
        [5, 4, 1, 0],
        [0, 0, 3, 0],
        [0, 0, 0, 0],
      ],
    });
    expect(rows.map(({ name }) => name)).toEqual(['dog', 'cat', 'bird', 'fish']);
    expect(rows[0]).toEqual({
      name: 'dog',
      samples: 10,
      right: 4,
      recall: 0.4,
      precision: 4 / 6,
      confusedWith: 'cat',
    });
    expect(rows[3]).toMatchObject({ samples: 0, recall: null, precision: null, confusedWith: null });
  });
});
