import { describe, expect, it } from 'vitest';
import { commonWork, largerWork, sumOfWork, timesWork, unknownWork, type NodeWork } from './node-work';
import { symbolicSize } from './size';

const some: NodeWork = { macs: 10, elementwise: 2, bytes: 40 };
const more: NodeWork = { macs: 1, elementwise: 5, bytes: null };

describe('work of several nodes', () => {
  it('adds, takes the larger or keeps the common value, separately for each kind', () => {
    expect(sumOfWork([some, more])).toEqual({ macs: 11, elementwise: 7, bytes: null });
    expect(largerWork([some, more])).toEqual({ macs: 10, elementwise: 5, bytes: null });
    expect(commonWork(some, { ...some, macs: 11 })).toEqual({ ...some, macs: null });
    expect(commonWork(some, unknownWork)).toEqual(unknownWork);
    expect(sumOfWork([])).toEqual({ macs: 0, elementwise: 0, bytes: 0 });
  });

  it('counts every turn of a loop, and knows that none costs nothing', () => {
    expect(timesWork(3, some)).toEqual({ macs: 30, elementwise: 6, bytes: 120 });
    expect(timesWork(symbolicSize('N'), some)).toEqual(unknownWork);
    expect(timesWork(0, unknownWork)).toEqual({ macs: 0, elementwise: 0, bytes: 0 });
  });
});
