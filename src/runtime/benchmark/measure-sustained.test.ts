import { expect, it } from 'vitest';
import type { HostedSession, SessionHost } from '../session/session-host';
import { measureSustained } from './measure-sustained';

/** A session that becomes slower after half a minute of a clock that is made of numbers. */
function throttled() {
  const clock = { ms: 0 };
  const session: HostedSession = {
    loadMs: 5,
    inputs: [{ name: 'x', dtype: 'float32', shape: [1, 4] }],
    feed: async () => undefined,
    run: async () => ({ ms: 0, outputs: {} }),
    readResident: async () => ({}),
    time: async (runs) => {
      const ms = runs * (clock.ms < 30_000 ? 2 : 3);
      clock.ms += ms;
      return ms;
    },
    timeEach: async () => [],
    profile: async () => ({ placement: {}, operators: [], kernels: [] }),
    trace: async () => [],
    heapBytes: async () => null,
    gpuBufferBytes: async () => null,
    close: () => undefined,
  };
  const host: SessionHost = { open: async () => session };
  return { host, now: () => clock.ms };
}

const files = { model: new Blob(), name: 'm.onnx', externalData: [] };
const request = { files, ep: 'wasm', threads: 1, freeDimensions: {}, seed: 0, durationMs: 60_000 } as const;

it('runs for the time that was asked for, in windows, and finds that the device became slower', async () => {
  const { host, now } = throttled();
  const done: number[] = [];
  const { signal } = new AbortController();
  const run = await measureSustained(signal, host, request, (progress) => done.push(progress.done), now);
  expect(run.windows.length).toBeGreaterThanOrEqual(58);
  expect(run.windows.length).toBeLessThanOrEqual(60);
  expect(run.windows.at(-1)!.startMs).toBeGreaterThan(58_000);
  expect([run.windows[0]!.medianMs, run.windows.at(-1)!.medianMs, run.drift]).toEqual([2, 3, 1.5]);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  expect(done.at(-1)).toBe(60_000);
});

it('stops when the signal is aborted', async () => {
  const { host, now } = throttled();
  const controller = new AbortController();
  const running = measureSustained(controller.signal, host, request, () => controller.abort(new Error('enough')), now);
  await expect(running).rejects.toThrow('enough');
});
