import { describe, expect, it } from 'vitest';
import { macsMetric } from './inspected-metrics';
import { metricScale } from './metric-scale';
import type { NodeMetric, NodeNumbers } from './node-metric';

function known(...values: readonly (number | null)[]): NodeNumbers {
  return { state: 'known', byPath: new Map(values.map((value, at) => [`graph/n${at}`, value])), source: null };
}

const decibels: NodeMetric = { ...macsMetric, scale: { kind: 'even', strongest: 'least' } };
const shares: NodeMetric = { ...macsMetric, scale: { kind: 'even', least: 0, most: 1, strongest: 'most' } };

describe('metricScale', () => {
  it('takes roots of additive numbers on one scale for all visible models', () => {
    const scale = metricScale(macsMetric, [known(25, 4, null), known(100)])!;
    expect([scale.least, scale.most]).toEqual([0, 100]);
    expect([0, 4, 25, 100].map((value) => scale.strengthOf(value))).toEqual([0, 0.2, 0.5, 1]);
  });

  it('gives the least value the most strength for an inverted metric', () => {
    const scale = metricScale(decibels, [known(10, 30, 50)])!;
    expect([10, 20, 50].map((value) => scale.strengthOf(value))).toEqual([1, 0.75, 0]);
  });

  it('keeps the given ends for any values', () => {
    const scale = metricScale(shares, [known(0.25)])!;
    expect([scale.least, scale.most, scale.strengthOf(0.25)]).toEqual([0, 1, 0.25]);
  });

  it('returns null if no value is known', () => {
    expect(metricScale(macsMetric, [null, known(null), { state: 'running', fraction: 0.5 }])).toBeNull();
  });

  it('stays within 0 and 1 if all numbers are equal or infinite', () => {
    expect(metricScale(macsMetric, [known(0)])!.strengthOf(0)).toBe(0);
    expect(metricScale(decibels, [known(7, 7)])!.strengthOf(7)).toBe(0);
    expect(metricScale(decibels, [known(Infinity, 5, 10)])!.strengthOf(Infinity)).toBe(0);
  });
});
