import { describe, expect, it } from 'vitest';
import { NormalSums } from '../../../../linear-algebra/normal-sums';
import { createSeededRandom } from '../../../../seeded-random';
import { keptValues } from './kept-values';

const random = createSeededRandom(4);
const [channels, tokens, kept] = [6, 40, [0, 2, 5]];
const scale = Float64Array.from({ length: channels }, () => random.next() + 0.2);
const bias = Float64Array.from({ length: channels }, () => random.next() - 0.5);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Normalized, scaled and shifted tokens. */
const rows = Array.from({ length: tokens }, () => {
  const raw = Array.from({ length: channels }, () => random.next() + 0.3 * random.next());
  const deviation = Math.sqrt(mean(raw.map((value) => (value - mean(raw)) ** 2)));
  return raw.map((value, at) => ((value - mean(raw)) / deviation) * scale[at]! + bias[at]!);
});

async function sumsOf(): Promise<NormalSums> {
  const sums = new NormalSums(channels);
  rows.forEach((row, at) => row.forEach((value, channel) => (sums.inputPanel[channel * sums.capacity + at] = value)));
  await sums.fill(tokens, () => Promise.resolve());
  await sums.flush(() => Promise.resolve());
  return sums;
}

const covariance = (a: readonly number[], b: readonly number[]): number =>
  mean(a.map((value, at) => (value - mean(a)) * (b[at]! - mean(b))));
const column = (at: number): readonly number[] => rows.map((row) => row[at]!);

describe('keptValues', () => {
  it('takes channels unchanged without normalization', async () => {
    const found = keptValues(await sumsOf(), kept, undefined);
    expect(found.predicted).toEqual([1, 3, 4]);
    expect(found.covariance(2, 1)).toBeCloseTo(covariance(column(5), column(2)), 10);
    expect(found.targets(0, 2)).toBeCloseTo(covariance(column(1), column(5)), 10);
    expect(found.means(1)).toBeCloseTo(mean(column(2)), 10);
  });

  it.each([true, false])(
    'takes them as the normalization gives them without the others, centered: %s',
    async (isCentered) => {
      const normalized = rows.map((row) => row.map((value, at) => (value - bias[at]!) / scale[at]!));
      const center = normalized.map((row) => (isCentered ? mean(kept.map((at) => row[at]!)) : 0));
      const square = mean(normalized.map((row, at) => mean(kept.map((own) => (row[own]! - center[at]!) ** 2))));
      const after = (channel: number): readonly number[] =>
        normalized.map(
          (row, at) => ((row[channel]! - center[at]!) / Math.sqrt(square)) * scale[channel]! + bias[channel]!,
        );
      const sums = await sumsOf();
      const found = keptValues(sums, kept, { source: 'normalized', isCentered, scale, bias, sums });
      expect(found.predicted).toEqual([0, 1, 2, 3, 4, 5]);
      expect(found.means(2)).toBeCloseTo(mean(after(5)), 8);
      expect(found.covariance(0, 2)).toBeCloseTo(covariance(after(0), after(5)), 8);
      expect(found.covariance(1, 1)).toBeCloseTo(covariance(after(2), after(2)), 8);
      expect(found.targets(3, 1)).toBeCloseTo(covariance(column(3), after(2)), 8);
      const lacks = column(0).map((value, at) => value - after(0)[at]!);
      expect(found.targets(0, 2)).toBeCloseTo(covariance(lacks, after(5)), 8);
      expect(found.targetMeans(0)).toBeCloseTo(mean(lacks), 8);
      expect(found.targetMeans(1)).toBeCloseTo(mean(column(1)), 8);
    },
  );
});
