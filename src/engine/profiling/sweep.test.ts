import { describe, expect, it } from 'vitest';
import {
  axisRecord,
  describeSweep,
  dimensionAxes,
  fixedSizes,
  kneeOf,
  tabulateSweep,
  type SweepPoint,
  type SweptValue,
} from './sweep';

const point = (value: SweptValue, samplesPerSecond: number, axis = 'batch'): SweepPoint => {
  const medianMs = 1000 / samplesPerSecond;
  return {
    ...{ axis, value, samplesPerSecond, medianMs },
    interval: [samplesPerSecond * 0.99, samplesPerSecond * 1.01],
    medianIntervalMs: [medianMs * 0.99, medianMs * 1.01],
    samples: 6,
  };
};

it('finds the point of diminishing returns', () => {
  expect(kneeOf([point(1, 100), point(2, 150), point(4, 152), point(8, 300)])?.value).toBe(2);
  expect(kneeOf([point(1, 100), point(8, 110)])?.value).toBe(1);
  expect(kneeOf([])).toBeUndefined();
  expect(kneeOf([point(64, 100, 'sequence'), point(128, 300, 'sequence')])).toBeUndefined();
});

describe('the sentence about a sweep', () => {
  it('claims nothing beyond the last value', () => {
    expect(describeSweep([point(1, 100), point(2, 150)])).toBe(
      'Each doubling up to a batch of 2 gains at least 5\u00a0%.',
    );
    expect(describeSweep([point(1, 100), point(2, 101)])).toBe(
      'A doubling beyond a batch of 1 gains less than 5\u00a0%.',
    );
    expect(describeSweep([point(1, 100)])).toBe('');
  });

  it('names the fastest of values without an order, if one is', () => {
    const swept = (rate: number) => [point('basic', 100, 'optimization'), point('all', rate, 'optimization')];
    expect(describeSweep(swept(120))).toBe('Fastest: level all.');
    expect(describeSweep(swept(101))).toBe('No value is clearly the fastest.');
    expect(describeSweep([point(64, 100, 'sequence'), point(128, 50, 'sequence')])).toBe('');
  });

  it('claims nothing from a few runs, as those of a busy machine', () => {
    const few = (value: SweptValue, rate: number, axis: string) => ({ ...point(value, rate, axis), samples: 5 });
    for (const points of [
      [few('basic', 100, 'optimization'), point('all', 200, 'optimization')],
      [point(1, 100), few(2, 200, 'batch')],
    ]) {
      expect(describeSweep(points)).toBe('Too few runs to compare the values.');
      expect(kneeOf(points)).toBeUndefined();
    }
  });
});

it('changes exactly its own setting', () => {
  const given = { ep: 'webgpu', threads: 1, freeDimensions: { height: 224, width: 224 } } as const;
  expect(axisRecord('threads').settingsOf!(given, 4)).toEqual({ ...given, threads: 4 });
  expect(axisRecord('layout').settingsOf!(given, 'NHWC')).toEqual({ ...given, preferredLayout: 'NHWC' });
  expect(axisRecord('width').settingsOf!(given, 96).freeDimensions).toEqual({ height: 224, width: 96 });
});

it('takes free dimensions that are a choice', () => {
  const input = { name: 'x', dtype: 'float32', shape: ['batch', 3, 'height', 'width'] };
  expect(dimensionAxes([input])).toEqual(['height', 'width']);
});

it('knows the sizes that stay the same at all values', () => {
  const inputs = [{ name: 'x', dtype: 'float32', shape: ['batch', 3, 'height', 'width'] }];
  const sizes = { batch: 8, height: 224, width: 96 };
  expect(fixedSizes('batch', inputs, sizes)).toEqual({ height: 224, width: 96 });
  expect(fixedSizes('height', inputs, sizes)).toEqual({ batch: 8, width: 96 });
  expect(fixedSizes('threads', inputs, sizes)).toEqual(sizes);
});

it('shows the figure of the axis, and runs instead of an interval that few of them give', () => {
  const few = { ...point(1, 100), samples: 1 };
  expect(tabulateSweep('batch', [few, point(2, 1500)])).toEqual({
    columns: ['Batch size', 'Time per run', 'Samples per second', '95\u00a0%'],
    rows: [
      ['1', '10.0\u00a0ms', '100', '1 run'],
      ['2', '667\u00a0µs', '1,500', '1,490 to 1,520'],
    ],
  });
  expect(tabulateSweep('optimization', [point('all', 100, 'optimization')]).rows).toEqual([
    ['all', '10.0\u00a0ms', '9.90\u00a0ms to 10.1\u00a0ms'],
  ]);
});
