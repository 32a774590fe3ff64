import { describe, expect, it } from 'vitest';
import { macsMetric } from '../../../node-facts/inspected-metrics';
import { sqnrMetric, timeMetric } from '../../../node-facts/measured-metrics';
import type { NodeNumbers } from '../../../node-facts/node-metric';
import { gridTemplateOf, nameColumns, valueColumns } from './layer-columns';

const numbers: NodeNumbers = { state: 'known', byPath: new Map(), source: null };
const metrics = [macsMetric, timeMetric, sqnrMetric].map((metric) => ({ metric, numbers }));

describe('columns of the layers', () => {
  it('begin with the measured ones, beside the names', () => {
    expect(valueColumns(metrics, true).map(({ column }) => column)).toEqual([
      'time',
      'sqnr',
      'shape',
      'precision',
      'leaves',
      'macs',
      'leftAlone',
    ]);
    expect(valueColumns(metrics, false).at(-1)!.column).toBe('macs');
  });

  it('give the operator and the name of a node one column of the grid, and room for shares', () => {
    const [time, sqnr] = valueColumns(metrics, false);
    const template = gridTemplateOf([...nameColumns, time!, sqnr!]);
    expect(template).toMatch(/^44px minmax\(\d+px, 1fr\) {2}(\d+)px (\d+)px$/);
    expect(Number.parseInt(time!.width)).toBeGreaterThan(Number.parseInt(sqnr!.width));
  });
});
