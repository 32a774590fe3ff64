import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random';
import { showTime, showTimes, spanText } from './shown-time';

const us = (median: number, low: number, high: number) => ({
  medianMs: median / 1000,
  intervalMs: [low / 1000, high / 1000] as const,
});

describe('times beside each other', () => {
  it('have one unit, and the decimals that the widest interval justifies', () => {
    const shown = showTimes([us(18.46, 18.45, 18.47), us(21.03, 20.8, 21.2), us(22.01, 21.9, 22.1)]);
    expect(shown.map(({ text }) => text)).toEqual(['18.5\u00a0µs', '21.0\u00a0µs', '22.0\u00a0µs']);
  });

  it('share the unit of the fastest, as far as that reads well', () => {
    const apart = [us(992, 985, 999), us(1370, 1360, 1380), us(1_650, 1640, 1660)];
    expect(showTimes(apart).map(({ text }) => text)).toEqual(['992\u00a0µs', '1370\u00a0µs', '1650\u00a0µs']);
    const far = showTimes([us(20.5, 20.4, 20.6), us(31_200, 31_000, 31_400)]);
    expect(far.map(({ text }) => text)).toEqual(['20.5\u00a0µs', '31.2\u00a0ms']);
  });

  it('lie in their intervals as both are shown, and no interval is without width', () => {
    expect(showTime(us(18.46, 18.459, 18.461)).range).toBe('18.45 to 18.47\u00a0µs');
    expect(showTime(us(18.6, 18.6, 18.6)).range).toBe('18.5 to 18.7\u00a0µs');
    const random = createSeededRandom(1);
    for (let count = 0; count < 2000; count += 1) {
      const times = Array.from({ length: 1 + Math.floor(4 * random.next()) }, () => {
        const medianMs = 10 ** (6 * random.next() - 2.5);
        const width = random.next() < 0.2 ? 0 : medianMs * 10 ** (-4 * random.next());
        return { medianMs, intervalMs: [medianMs - random.next() * width, medianMs + width] as const };
      });
      for (const { text, range } of showTimes(times)) {
        const [median, low, high] = `${text} ${range}`.match(/[\d.]+/g)!.map(Number);
        expect(low!).toBeLessThanOrEqual(median!);
        expect(median!).toBeLessThanOrEqual(high!);
        expect(low!).toBeLessThan(high!);
      }
    }
  });

  it('make a span, with a unit for each if they differ', () => {
    const [low, high] = showTimes([us(992, 985, 999), us(1650, 1640, 1660)]);
    expect(spanText(low!, high!)).toBe('992 to 1650\u00a0µs');
    const [fast, slow] = showTimes([us(20.5, 20.4, 20.6), us(31_200, 31_000, 31_400)]);
    expect(spanText(fast!, slow!)).toBe('20.5\u00a0µs to 31.2\u00a0ms');
  });
});
