import { describe, expect, it } from 'vitest';
import { arrivalsOf, limitsOf, loadOf, parseServingSettings } from './serving-settings';

const times = [{ batch: 1, samplesMs: [2] }];

describe('settings of a server', () => {
  it('come back as they were kept, and odd values as the first choice', () => {
    const first = parseServingSettings(null);
    expect(parseServingSettings(JSON.stringify({ ...first, maxBatch: 4, kind: 'closed' }))).toEqual({
      ...first,
      maxBatch: 4,
      kind: 'closed',
    });
    for (const odd of ['{', 'null', '3', '{"maxBatch":2.5,"seed":-1,"kind":"constructor","inputs":"many"}']) {
      expect(parseServingSettings(odd)).toEqual(first);
    }
  });

  it('have limits, which are no value', () => {
    expect(limitsOf('cacheEntries')).toEqual({ least: 0, most: 1_000_000, isWhole: true });
  });

  it('become a load: no cache of 0 answers, no batch where the model takes one sample', () => {
    const settings = { ...parseServingSettings(null), kind: 'bursts', maxBatch: 16 } as const;
    expect(arrivalsOf(settings)).toEqual({
      kind: 'bursts',
      lowPerSecond: 20,
      highPerSecond: 200,
      meanLowS: 5,
      meanHighS: 1,
    });
    expect(loadOf(settings, times, false)).toMatchObject({ cache: null, policy: { maxBatch: 16, maxWaitMs: 5 } });
    expect(loadOf({ ...settings, cacheEntries: 9 }, times, true)).toMatchObject({
      cache: { entries: 9, ttlS: 3600 },
      policy: { maxBatch: 1, maxWaitMs: 0 },
    });
    expect(loadOf(settings, times, false).policy).not.toHaveProperty('maxQueue');
    const limited = { ...settings, maxQueue: 20, timeoutMs: 100 };
    expect(loadOf(limited, times, false).policy).toMatchObject({ maxQueue: 20, timeoutMs: 100 });
  });
});
