import { describe, expect, it } from 'vitest';
import { ValueHistogram } from './value-histogram';

const options = { type: 'uint8', symmetric: false, reduceRange: false } as const;

describe('ValueHistogram', () => {
  /** A thousand numbers from −1 to 1 each of which comes once, and one far out. */
  const values = Float32Array.from({ length: 1001 }, (_, index) => (index === 1000 ? 40 : index / 500 - 1));
  const histogram = new ValueHistogram({ minimum: -1, maximum: 40 });
  histogram.add(values);

  it('leaves the rarest values out', () => {
    const { minimum, maximum } = histogram.percentileRange(99.6);
    expect(minimum).toBeCloseTo(-1, 1);
    expect(maximum).toBeCloseTo(1, 1);
    const all = histogram.percentileRange(100);
    expect(all.minimum).toBe(-1);
    expect(all.maximum).toBeCloseTo(40, 4);
  });

  it('cuts off as little as loses least in all, and nothing of numbers that are spread evenly', () => {
    const { maximum } = histogram.leastErrorRange(options);
    // One number at 40 weighs more than what a thousand lose by coarser steps.
    expect(maximum).toBeGreaterThan(35);
    const many = new ValueHistogram({ minimum: -1, maximum: 40 });
    for (let round = 0; round < 4000; round += 1) many.add(values.subarray(0, 1000));
    many.add(values.subarray(1000));
    expect(many.leastErrorRange(options).maximum).toBeLessThan(20);
    const even = new ValueHistogram({ minimum: 0, maximum: 1 });
    even.add(Float32Array.from({ length: 5000 }, (_, index) => index / 4999));
    expect(even.leastErrorRange(options)).toEqual({ minimum: 0, maximum: 1 });
  });

  it('takes a value that never varies, and leaves NaN out', () => {
    const flat = new ValueHistogram({ minimum: 2, maximum: 2 });
    flat.add(Float32Array.of(2, 2, Number.NaN));
    expect(flat.counts.reduce((sum, count) => sum + count)).toBe(2);
    expect(flat.leastErrorRange(options)).toEqual({ minimum: 2, maximum: 2 });
  });
});
