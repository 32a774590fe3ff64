import { describe, expect, it } from 'vitest';
import { axisFor, placeOn } from './results-model';

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
});
