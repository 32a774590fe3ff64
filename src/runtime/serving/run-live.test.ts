import { describe, expect, it } from 'vitest';
import type { Feeds } from '../../engine/data/feeds';
import type { LoadSetup } from '../../engine/serving/request-source';
import type { HostedSession, SessionHost } from '../session/session-host';
import { runLive } from './run-live';

/** Sessions that answer when they are let, and note the batches that they were fed. */
function fakeSessions(answer: () => Promise<void> = () => Promise.resolve()) {
  const batches: number[] = [];
  const [open, closed] = [{ count: 0 }, { count: 0 }];
  const openHost = (): SessionHost => ({
    open: () => {
      open.count++;
      let fed: Feeds = {};
      const session: Partial<HostedSession> = {
        inputs: [{ name: 'x', dtype: 'float32', shape: ['N', 2] }],
        feed: (feeds) => {
          fed = feeds;
          return Promise.resolve();
        },
        run: async () => {
          batches.push(fed['x']!.dims[0]!);
          await answer();
          return { ms: 0.5, outputs: {} };
        },
        close: () => void closed.count++,
      };
      return Promise.resolve(session as HostedSession);
    },
  });
  return { openHost, batches, open, closed };
}

const at = (atMs: number, input: number) => ({ atMs, input });
const load: LoadSetup = {
  arrivals: { kind: 'replay', requests: Array.from({ length: 40 }, (_, input) => at(0, input)) },
  durationS: 1,
  popularity: { count: 40, exponent: 0 },
  policy: { maxBatch: 32, maxWaitMs: 300 },
  instances: 2,
  cache: null,
  seed: 0,
};
const request = { files: null as never, ep: 'wasm', threads: 1, freeDimensions: {}, seed: 0, load } as const;
const never = new AbortController().signal;
const ignore = () => undefined;

describe('runLive', () => {
  it('runs every request once, in batches on a session for each instance, which are closed after', async () => {
    const { openHost, batches, open, closed } = fakeSessions();
    const { trace, times, computeTimes } = await runLive(never, openHost, request, ignore);
    expect(trace.requests.map(({ end }) => end)).toEqual(Array(40).fill('served'));
    const warmUps = 2 * 6;
    expect(batches.slice(warmUps).reduce((sum, size) => sum + size, 0)).toBe(40);
    expect(batches[warmUps]).toBe(32);
    expect(times.map(({ batch }) => batch)).toEqual(computeTimes.map(({ batch }) => batch));
    expect(computeTimes.every(({ samplesMs }) => samplesMs.every((ms) => ms === 0.5))).toBe(true);
    expect([open.count, closed.count]).toEqual([2, 2]);
  });

  it('takes kept results from the cache, and lets the clients of a closed loop ask again', async () => {
    const { openHost, batches } = fakeSessions();
    const closedLoop = {
      ...load,
      arrivals: { kind: 'closed', clients: 2, thinkMs: 0 },
      // A machine that has other work may do nothing for some of it.
      durationS: 0.3,
      popularity: { count: 1, exponent: 0 },
      cache: { entries: 4, ttlS: 60 },
      policy: { maxBatch: 1, maxWaitMs: 0 },
      instances: 1,
    } as const;
    const { trace } = await runLive(never, openHost, { ...request, load: closedLoop }, ignore);
    expect(batches).toHaveLength(2);
    expect(trace.requests.length).toBeGreaterThan(2);
    expect(trace.requests.filter(({ end }) => end === 'served')).toHaveLength(1);
  });

  it('rejects if clients would ask again without end, instead of doing nothing else', async () => {
    const { openHost, closed } = fakeSessions();
    const turnedAway = {
      ...load,
      arrivals: { kind: 'closed', clients: 8, thinkMs: 0 },
      policy: { maxBatch: 1, maxWaitMs: 0, maxQueue: 1 },
    } as const;
    await expect(runLive(never, openHost, { ...request, load: turnedAway }, ignore)).rejects.toThrow(
      'Set a think time',
    );
    expect(closed.count).toBe(2);
  });

  it('ends at once when it is canceled, also while a session never answers', async () => {
    const controller = new AbortController();
    const warmUps = 2 * 6;
    let runs = 0;
    const { openHost, closed } = fakeSessions(() => {
      if (++runs <= warmUps) return Promise.resolve();
      controller.abort(new Error('enough'));
      return new Promise(() => undefined);
    });
    await expect(runLive(controller.signal, openHost, request, ignore)).rejects.toThrow('enough');
    expect(closed.count).toBe(2);
  });
});
