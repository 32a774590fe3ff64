import { describe, expect, it } from 'vitest';
import * as format from './format';

/** No-break spaces as plain ones, to be readable here. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('numbers for people', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [999_499, '999 kB'],
    [999_600, '1.00 MB'],
    [10_822_323, '10.8 MB'],
    [109_900_000, '110 MB'],
    [9_996_000, '10.0 MB'],
    [1_024_000_875, '1.02 GB'],
  ])('formatBytes(%d) is %s', (bytes, text) => expect(plain(format.formatBytes(bytes))).toBe(text));

  it('formatExactBytes', () => expect(plain(format.formatExactBytes(10_822_323))).toBe('10,822,323 bytes'));

  it.each([
    [12.345, undefined, '12.3 ms'],
    [0.01234, undefined, '12.3 µs'],
    [12_345, undefined, '12.3 s'],
    [12.3456, [12.3, 12.4], '12.35 ms'],
    [12.3456, [11, 14], '12 ms'],
    [8.1, [8.05, 8.15], '8.10 ms'],
    [123.4, [100, 150], '123 ms'],
    [0, undefined, '0 µs'],
  ] as const)('formatDuration(%d, %j) is %s', (ms, interval, text) =>
    expect(plain(format.formatDuration(ms, interval))).toBe(text),
  );

  it.each([
    [10.8, 2.9, '−73 %'],
    [100, 104, '+4.0 %'],
    [100, 100, '±0 %'],
    [100, 100.01, '±0 %'],
    [0, 5, '±0 %'],
  ])('formatChange(%d, %d) is %s', (before, after, text) =>
    expect(plain(format.formatChange(before, after))).toBe(text),
  );

  it.each([
    [3.94, 1, '3.94× smaller'],
    [100, 1, '100× smaller'],
    [1.2, 1, '17 % smaller'],
    [100, 104, '4.0 % larger'],
    [100, 100.4, 'same size'],
    [100, 0, '100 % smaller'],
    [0, 5, 'same size'],
  ])('formatSizeChange(%d, %d) is %s', (before, after, text) =>
    expect(plain(format.formatSizeChange(before, after))).toBe(text),
  );

  it.each([
    [0.123456, '0.1235'],
    [-2.5, '−2.5'],
    [-1.2e-9, '−1.2e−9'],
    [12_345.6, '12350'],
  ])('formatNumber(%d) is %s', (value, text) => expect(format.formatNumber(value)).toBe(text));

  it.each([
    [0, '0'],
    [0.5, '0.500'],
    [1, '1.00'],
    [-40, '−40.0'],
    [53.47, '53.5'],
    [999.4, '999'],
    [999.6, '1000'],
    [12_345, '12300'],
    [0.000123, '0.000123'],
    [1.2e-7, '1.2e−7'],
    [NaN, 'NaN'],
  ])('formatFigures(%d) is %s', (value, text) => expect(format.formatFigures(value)).toBe(text));

  it.each([
    [0, '0'],
    [0.00012345, '1.23e−4'],
    [0.12345, '0.123'],
    [12_345, '1.23e+4'],
    [Number.NaN, 'not a number'],
  ])('formatScientific(%d) is %s', (value, text) => expect(format.formatScientific(value)).toBe(text));

  it.each([
    [1, '1'],
    [0.9999994, '> 0.99999'],
    [0.98765432, '0.98765'],
    [-0.5, '−0.5'],
  ])('formatCosine(%d) is %s', (value, text) => expect(format.formatCosine(value)).toBe(text));

  it('quotes the beginning of a long text', () => {
    expect(format.formatQuoted('bits')).toBe('“bits”');
    expect(format.formatQuoted('a'.repeat(1e5))).toBe(`“${'a'.repeat(80)}…”`);
  });

  it('ratios, percentages and decibels', () => {
    expect(format.formatRatio(1.524)).toBe('1.52×');
    expect(format.formatRatioInterval(1.52, [1.48, 1.571])).toBe('1.52× (1.48–1.57)');
    expect(plain(format.formatRatioInterval(0.23, [1e-20, 3e20]))).toBe('0.230× (< 0.01–> 100)');
    expect(plain(format.formatPercent(0.7312))).toBe('73.1 %');
    expect(plain(format.formatDecibels(41.2))).toBe('41 dB');
    expect(plain(format.formatDecibels(-3.14))).toBe('−3.1 dB');
    expect(plain(format.formatDecibels(300))).toBe('≥ 300 dB');
    expect(format.formatList(['a', 'b', 'c'])).toBe('a, b and c');
    expect(format.formatFirst(['a', 'b', 'c'], 3)).toBe('a, b and c');
    expect(format.formatFirst(['a', 'b', 'c'], 1)).toBe('a and 2 more');
    expect(format.formatFirst(['a', 'b', 'c'], 1, 20)).toBe('a and 19 more');
    expect([format.endSentence('lost'), format.endSentence('Lost.')]).toEqual(['lost.', 'Lost.']);
  });
});
