import { describe, expect, it } from 'vitest';
import {
  arrivalsOf,
  changeServingSettings,
  limitsOf,
  loadOf,
  parseChosen,
  servingSettingsStore,
  suggestServingWaits,
  withUsual,
} from './serving-settings';

const times = [{ batch: 1, samplesMs: [2] }];

describe('settings of a server', () => {
  it('come back as they were kept, and odd values as the first choice', () => {
    const first = withUsual(parseChosen(null));
    expect(parseChosen(JSON.stringify({ maxBatch: 4, kind: 'closed' }))).toEqual({ maxBatch: 4, kind: 'closed' });
    expect(withUsual({ maxBatch: 4 })).toEqual({ ...first, maxBatch: 4 });
    for (const odd of ['{', 'null', '3', '{"maxBatch":2.5,"seed":-1,"kind":"constructor","inputs":"many"}']) {
      expect(parseChosen(odd)).toEqual({});
    }
  });

  it('wait as the measurements suggest, until a person chooses', () => {
    const batches = (runMs: number) => [
      { batch: 2, samplesMs: [9, 9] },
      { batch: 1, samplesMs: [runMs, runMs * 1.1, runMs * 0.9] },
    ];
    const waits = () => {
      const { maxWaitMs, targetMs } = servingSettingsStore.getState();
      return [maxWaitMs, targetMs];
    };
    expect(waits()).toEqual([5, 50]);
    suggestServingWaits(batches(0.02));
    expect(waits()).toEqual([0.02, 5]);
    suggestServingWaits(batches(80));
    expect(waits()).toEqual([5, 500]);
    changeServingSettings({ maxWaitMs: 3 });
    suggestServingWaits(batches(0.4));
    expect(waits()).toEqual([3, 5]);
  });

  it('hold lengths of texts, which count if texts were measured', () => {
    expect(parseChosen('{"lengths":"12:0.7,60:0.3"}')).toEqual({ lengths: '12:0.7,60:0.3' });
    expect(parseChosen('{"lengths":"12"}')).toEqual({});
    const settings = withUsual({ lengths: '12:3,60:1' });
    expect(loadOf(settings, { times })).not.toHaveProperty('lengths');
    const texts = { isPadded: true, byLength: [{ length: 12, times }] };
    expect(loadOf(settings, { times, texts })).toMatchObject({
      texts,
      lengths: {
        isPadded: true,
        shares: [
          { length: 12, share: 0.75 },
          { length: 60, share: 0.25 },
        ],
      },
    });
    expect(loadOf(withUsual({}), { times, texts })).not.toHaveProperty('texts');
  });

  it('have limits, which are no value', () => {
    expect(limitsOf('cacheEntries')).toEqual({ least: 0, most: 1_000_000, isWhole: true });
  });

  it('become a load without a cache of 0 results, and without batches for a model of one sample', () => {
    const settings = { ...withUsual({}), kind: 'bursts', maxBatch: 16 } as const;
    expect(arrivalsOf(settings)).toEqual({
      kind: 'bursts',
      lowPerSecond: 20,
      highPerSecond: 200,
      meanLowS: 5,
      meanHighS: 1,
    });
    expect(loadOf(settings, { times })).toMatchObject({ cache: null, policy: { maxBatch: 16, maxWaitMs: 5 } });
    expect(loadOf({ ...settings, cacheEntries: 9 }, { times, fixedBatch: 'One by one.' })).toMatchObject({
      cache: { entries: 9, ttlS: 3600 },
      policy: { maxBatch: 1, maxWaitMs: 0 },
    });
    expect(loadOf(settings, { times }).policy).not.toHaveProperty('maxQueue');
    const limited = { ...settings, maxQueue: 20, timeoutMs: 100 };
    expect(loadOf(limited, { times }).policy).toMatchObject({ maxQueue: 20, timeoutMs: 100 });
  });
});
