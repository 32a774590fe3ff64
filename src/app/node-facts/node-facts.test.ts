import { describe, expect, it } from 'vitest';
import { kindOfOperator } from './operator-kinds';
import { nodeClassifications } from './node-classifications';
import { nodeMetrics } from './node-metrics';
import { lowerCased } from './lower-cased';

describe('known facts of nodes', () => {
  it('has each id and each column of a file once', () => {
    const ids = [...nodeMetrics, ...nodeClassifications].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const columns = nodeMetrics.map(({ column }) => column.csv);
    expect(new Set(columns).size).toBe(columns.length);
  });

  it('tells operators apart, the narrower kind first', () => {
    const hues = (...operators: readonly string[]) => operators.map((op) => kindOfOperator(op).hue);
    expect(hues('Conv', 'MatMulInteger', 'DequantizeLinear', 'If', 'LayerNormalization', 'HardSigmoid')).toEqual([
      'compute',
      'quantize',
      'quantize',
      'control',
      'normalize',
      'activate',
    ]);
    expect(hues('Add', 'MaxPool', 'Reshape', 'SomethingElse')).toEqual(['combine', 'combine', 'shape', 'combine']);
  });

  it('writes titles small in a text, but not names', () => {
    expect(['Bytes moved', 'MACs', 'SQNR', 'Time'].map(lowerCased)).toEqual(['bytes moved', 'MACs', 'SQNR', 'time']);
  });
});
