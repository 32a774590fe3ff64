import { describe, expect, it } from 'vitest';
import { macsMetric, parametersMetric } from './inspected-metrics';
import { sumNumbers } from './sum-numbers';

const byPath = new Map<string, number | null>([
  ['graph/If_0', 70],
  ['graph/If_0.then_branch/Conv_0', 70],
  ['graph/Relu_1', 3],
  ['graph/open', null],
  ['function:custom:Gelu/MatMul_0', 5],
]);

describe('sumNumbers', () => {
  const inner = ['graph/If_0.then_branch/Conv_0', 'function:custom:Gelu/MatMul_0'];

  it('does not count what is inside a node twice, nor bodies of functions', () => {
    expect(sumNumbers(['graph/If_0', 'graph/Relu_1', ...inner], macsMetric, byPath)).toBe(73);
    expect(sumNumbers(inner, macsMetric, byPath)).toBe(70);
    expect(sumNumbers(inner, parametersMetric, byPath)).toBe(75);
  });

  it('is not known where a part is not, and nothing where there is none', () => {
    expect(sumNumbers(['graph/Relu_1', 'graph/open'], macsMetric, byPath)).toBeNull();
    expect(sumNumbers(['graph/Add_9'], macsMetric, byPath)).toBe(0);
    expect(sumNumbers(['graph/Relu_1'], { ...macsMetric, sum: null }, byPath)).toBeNull();
  });
});
