import { describe, expect, it } from 'vitest';
import { groupNumber, groupWord } from './group-number';
import { macsMetric } from './inspected-metrics';
import { sqnrMetric } from './measured-metrics';
import { sparsityMetric } from './node-metrics';

const byPath = new Map<string, number | null>([
  ['graph/a', 0.25],
  ['graph/b', 0.75],
  ['graph/open', null],
]);

describe('groupNumber', () => {
  it('adds additive numbers and is unknown if a part is unknown', () => {
    expect(groupNumber(['graph/a', 'graph/b', 'graph/none'], macsMetric, byPath)).toBe(1);
    expect(groupNumber(['graph/a', 'graph/open'], macsMetric, byPath)).toBeNull();
    expect(groupWord(macsMetric)).toBeNull();
  });

  it('takes the number with the strongest color of those that do not add up', () => {
    expect(groupNumber(['graph/a', 'graph/b', 'graph/open'], sparsityMetric, byPath)).toBe(0.75);
    expect(groupWord(sparsityMetric)).toBe('highest');
    expect(groupNumber(['graph/a', 'graph/b'], sqnrMetric, byPath)).toBe(0.25);
    expect(groupWord(sqnrMetric)).toBe('lowest');
  });

  it('is undefined if no node has such a number, and null if all are unknown', () => {
    expect(groupNumber(['graph/none'], sparsityMetric, byPath)).toBeUndefined();
    expect(groupNumber(['graph/none'], macsMetric, byPath)).toBeUndefined();
    expect(groupNumber(['graph/open'], sparsityMetric, byPath)).toBeNull();
  });
});
