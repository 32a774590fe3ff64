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

  it('counts inner nodes once and function bodies never', () => {
    expect(sumNumbers(['graph/If_0', 'graph/Relu_1', ...inner], macsMetric, byPath)).toBe(73);
    expect(sumNumbers(inner, macsMetric, byPath)).toBe(70);
    expect(sumNumbers(inner, parametersMetric, byPath)).toBe(75);
  });

  it('counts of an If whose node is not among them the larger branch, as the model does', () => {
    const numbers = new Map<string, number | null>([
      ['graph/a', 1],
      ['graph/If_0.then_branch/a', 20],
      ['graph/If_0.then_branch/b', 30],
      ['graph/If_0.else_branch/If_1.then_branch/a', 70],
      ['graph/If_0.else_branch/If_1.else_branch/a', 60],
      ['graph/If_0.else_branch/Loop_2.body/a', 5],
      ['graph/If_3.then_branch/a', 100],
    ]);
    expect(sumNumbers([...numbers.keys()], macsMetric, numbers)).toBe(1 + (70 + 5) + 100);
    expect(sumNumbers([...numbers.keys()], parametersMetric, numbers)).toBe(286);
    expect(sumNumbers(['graph/If_0.then_branch/b', 'graph/If_0.else_branch/Loop_2.body/a'], macsMetric, numbers)).toBe(
      30,
    );
  });

  it('is null if a part is unknown, and 0 if no node counts', () => {
    expect(sumNumbers(['graph/Relu_1', 'graph/open'], macsMetric, byPath)).toBeNull();
    expect(sumNumbers(['graph/Add_9'], macsMetric, byPath)).toBe(0);
    expect(sumNumbers(['graph/Relu_1'], { ...macsMetric, sum: null }, byPath)).toBeNull();
  });
});
