import { expect, it } from 'vitest';
import { describeSustained, driftOf, isDrift } from './sustained';

const describe = (drift: number | null): string =>
  describeSustained({ durationMs: 60_000, windows: [], drift }).replaceAll('\u00a0', ' ');

it('finds drift between the first and the last third, and none in fewer than nine windows', () => {
  expect(driftOf([10, 10, 10, 11, 11, 11, 12, 12, 12])).toBe(1.2);
  expect(driftOf([10, 10, 10, 12, 12, 12, 12, 12])).toBeNull();
  expect([1.2, 1.11, 1.09, 1, 0.92, 0.89, null].map(isDrift)).toEqual([true, true, false, false, false, true, false]);
});

it('says how much the time changed, and which way', () => {
  expect(describe(1.2)).toBe(
    'Drift: the last third of 60 s was 20.0 % slower than the first. The device throttles, or its load changed.',
  );
  expect(describe(0.8)).toBe(
    'Drift: the last third of 60 s was 20.0 % faster than the first. The load of the device changed.',
  );
  expect(describe(1.02)).toBe('No drift in 60 s: the first and the last third differ by 2.0 %.');
  expect(describe(null)).toBe('Too few runs in 60 s to see drift.');
});
