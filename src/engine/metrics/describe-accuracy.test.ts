import { describe, expect, it } from 'vitest';
import {
  describeTask,
  formatDifference,
  formatDifferenceInterval,
  formatMetric,
  formatMetricInterval,
  leadingEstimate,
} from './describe-accuracy';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');
const top1 = (value: number, low: number, high: number) => ({
  metric: 'top1',
  value,
  interval: [low, high] as const,
});

describe('words for accuracy', () => {
  it('shows shares in percent, with their interval, and errors as they are', () => {
    expect(plain(formatMetric('top1', 0.97867))).toBe('97.9 %');
    expect(plain(formatMetricInterval('top1', [0.9661, 0.9867]))).toBe('96.6–98.7 %');
    expect(formatMetric('mae', 0.13249)).toBe('0.132');
    expect(formatMetric('mae', 0.5)).toBe('0.500');
    expect(formatMetricInterval('r2', [-0.1, 0.25])).toBe('−0.100 to 0.250');
  });

  it('shows differences of shares in points', () => {
    expect(plain(formatDifference(top1(-0.0125, -0.02, -0.005)))).toBe('−1.3 points');
    expect(plain(formatDifference(top1(0.01, 0, 0)))).toBe('+1.0 point');
    expect(plain(formatDifference(top1(0.0004, 0, 0)))).toBe('+0.04 points');
    expect(plain(formatDifference(top1(0, 0, 0)))).toBe('±0.0 points');
    expect(plain(formatDifferenceInterval(top1(0, -0.009, 0.004)))).toBe('−0.9 to +0.4 points');
    expect(formatDifference({ metric: 'mae', value: 0.0123 })).toBe('+0.0123');
  });

  it('names the task of an evaluation', () => {
    const output = 'y';
    expect(describeTask({ kind: 'classification', output })).toBe('output "y" as classes');
    expect(describeTask({ kind: 'binary', output, threshold: 0 })).toBe('output "y" as yes/no, yes above 0');
    const cat = { kind: 'binary', output, threshold: 0.12345, positive: 'cat' } as const;
    expect(describeTask(cat)).toBe('output "y" as yes/no, cat (yes) above 0.12345');
    expect(describeTask({ kind: 'regression', output })).toBe('output "y" as numbers');
    expect(describeTask({ kind: 'match' })).toBeNull();
  });

  it('leads with the metric of the task', () => {
    const estimate = { value: 0.5, interval: [0.4, 0.6] } as const;
    expect(leadingEstimate({ task: 'classification', metrics: { top1: estimate } })).toEqual({
      metric: 'top1',
      estimate,
    });
    expect(leadingEstimate({ task: 'match', metrics: {} })).toBeNull();
  });
});
