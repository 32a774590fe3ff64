import { describe, expect, it } from 'vitest';
import { limitAfter, limitAt, placeOn, scaleOf } from './trade-off-scale';

const figure = (value: number) => ({ value, interval: null });

describe('the scale of an axis', () => {
  it('covers amounts from zero, and the limit', () => {
    const scale = scaleOf({ scale: 'amount' }, [figure(450)], null);
    expect(scale).toMatchObject({ ticks: [0, 200, 400], step: 5 });
    expect(scale.domain[1]).toBeCloseTo(495);
    expect(scaleOf({ scale: 'amount' }, [figure(450)], 900).domain[1]).toBeCloseTo(990);
  });

  it('cuts off losses far beyond a limit, and none without a limit', () => {
    const losses = [figure(0), { value: 0.4, interval: [-0.1, 0.9] as const }, figure(60)];
    const { domain, ticks, step } = scaleOf({ scale: 'loss' }, losses, 1);
    expect(ticks).toEqual([-0.5, 0, 0.5, 1, 1.5]);
    expect([domain[1], step]).toEqual([1.5, 0.1]);
    expect(scaleOf({ scale: 'loss' }, losses, null).domain[1]).toBe(60);
  });
});

describe('a limit', () => {
  const scale = scaleOf({ scale: 'amount' }, [figure(450)], null);

  it('is dragged in whole steps, and is none at the end of an axis that needs none', () => {
    expect(limitAt(scale, placeOn(scale, 203), true)).toBe(205);
    expect(limitAt(scale, -1, true)).toBe(5);
    expect([limitAt(scale, 1.2, true), limitAt(scale, 1.2, false)]).toEqual([null, 495]);
  });

  it('moves by keys to the next step, from none and to none', () => {
    const after = (limit: number | null, steps: number, isOptional = true) =>
      limitAfter(scale, limit, steps, isOptional);
    expect([after(203, 1), after(203, -1), after(200, 1)]).toEqual([205, 200, 205]);
    expect([after(null, -1), after(495, 1), after(495, 1, false)]).toEqual([495, null, 500]);
    expect(after(200, -Infinity)).toBe(5);
    const points = scaleOf({ scale: 'loss' }, [figure(0.4)], 1);
    expect(limitAfter(points, 1, 1, false)).toBe(1.1);
  });
});
