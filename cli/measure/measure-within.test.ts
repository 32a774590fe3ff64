import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { measureWithin, type TimedPart } from './measure-within';

const { signal } = new AbortController();
const ended = (name: string): TimedPart<string> => ({ measure: async () => name, missing: () => name });
/** Never ends by itself, as the start of a session on a busy machine. */
const endless = (name: string, partial?: () => string): TimedPart<string> => ({
  measure: (given) => sleep(3_600_000, name, { signal: given }),
  missing: () => name,
  ...(partial && { partial }),
});

it('ends when the time of all parts is over, and names the missing measurements', async () => {
  const started: string[] = [];
  const trace: TimedPart<string> = { ...ended('trace'), measure: async () => `${started.push('trace')}` };
  const parts = [ended('memory'), endless('sweep', () => 'half a sweep'), trace];
  expect(await measureWithin(signal, parts, 500)).toEqual({
    found: ['memory', 'half a sweep'],
    notMeasured: ['sweep', 'trace'],
  });
  expect(started).toEqual([]);
});

it('leaves the time that a part does not need to later ones', async () => {
  const shares: number[] = [];
  const noted: TimedPart<string> = {
    measure: async (_, longestMs) => `${shares.push(longestMs)}`,
    missing: () => 'noted',
  };
  await measureWithin(signal, [noted, noted], 60_000);
  // Both have a minute: the time that the first one did not need stays.
  expect(shares.map((ms) => Math.round(ms / 1000))).toEqual([60, 60]);
});

it('stops at once for the signal, and rejects as a part does', async () => {
  const stopped = new AbortController();
  const measuring = measureWithin(stopped.signal, [endless('trace')], 3_600_000);
  stopped.abort(new Error('Stopped.'));
  await expect(measuring).rejects.toThrow('Stopped.');
  const broken: TimedPart<string> = {
    measure: () => Promise.reject(new Error('Out of memory.')),
    missing: () => 'broken',
  };
  await expect(measureWithin(signal, [broken], 60_000)).rejects.toThrow('Out of memory.');
});
