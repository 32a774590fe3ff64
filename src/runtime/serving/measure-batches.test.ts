import { describe, expect, it } from 'vitest';
import type { HostedSession, SessionHost } from '../session/session-host';
import { batchFeeds, measureBatches, measureServedBatches } from './measure-batches';

/** A session whose runs take `runMs` for each sample of a batch, on a clock of its own; says how often it was asked. */
function hostOf(runMs: number, shape: readonly (number | string)[]) {
  let [batch, asked] = [1, 0];
  const session: Partial<HostedSession> = {
    inputs: [{ name: 'x', dtype: 'float32', shape }],
    feed: (feeds) => {
      batch = feeds['x']!.dims[0]!;
      return Promise.resolve();
    },
    time: (runs) => {
      asked++;
      return Promise.resolve(runs * batch * runMs);
    },
    close: () => undefined,
  };
  const host: SessionHost = { open: () => Promise.resolve(session as HostedSession) };
  return { host, asked: () => asked };
}

const request = { files: null as never, ep: 'wasm', threads: 1, freeDimensions: {}, seed: 0 } as const;
const never = new AbortController().signal;

describe('measureBatches', () => {
  it('times runs that a clock hardly sees together, and gives their mean', async () => {
    const { host, asked } = hostOf(0.002, ['N', 4]);
    const { times } = await measureBatches(never, host, { ...request, batches: [1, 8] }, () => undefined);
    expect(times.map(({ batch, samplesMs }) => [batch, samplesMs.length])).toEqual([
      [1, 60],
      [8, 60],
    ]);
    for (const { batch, samplesMs } of times) for (const ms of samplesMs) expect(ms).toBeCloseTo(0.002 * batch, 10);
    // Runs repeat 1,000 at once until 500 ms have passed. Each of the two sizes has four calls to warm up and look in
    // each of three rounds. One call for each sample follows, however many runs a sample holds.
    expect(asked()).toBe(251 + 2 * 3 * (4 + 20));
  });

  it('runs a fixed batch as it is and says so, and stops when it is told to', async () => {
    const { host } = hostOf(3, [1, 4]);
    const measured = await measureBatches(never, host, { ...request, batches: [1, 8] }, () => undefined);
    expect(measured.times.map(({ batch }) => batch)).toEqual([1]);
    expect(measured.fixedBatch).toMatch(/fixed/);
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(measureBatches(aborted, host, { ...request, batches: [1] }, () => undefined)).rejects.toThrow(
      'enough',
    );
  });

  it('makes batches of the given samples, over and over, of those that can be one run', () => {
    const inputs = [{ name: 'x', dtype: 'float32', shape: ['N', 'length'] }];
    const sample = (...values: readonly number[]) => ({
      x: { dtype: 'float32', dims: [1, values.length], data: Float32Array.from(values) },
    });
    const given = { ...request, samples: [sample(1, 2), sample(3), sample(4, 5)] };
    const feeds = batchFeeds(inputs, given);
    expect(feeds).toMatchObject({ isFree: true, inputs: 'data' });
    expect(feeds.of(3)['x']).toEqual({ dtype: 'float32', dims: [3, 2], data: Float32Array.of(1, 2, 4, 5, 1, 2) });
    const ofMany = { x: { dtype: 'float32', dims: [4, 1], data: new Float32Array(4) } };
    expect(batchFeeds(inputs, { ...request, samples: [ofMany] }).inputs).toBe('synthetic');
    // A model of one size is fed with what the data makes for it.
    expect(batchFeeds([{ ...inputs[0]!, shape: [4, 1] }], { ...request, samples: [ofMany] }).of(1)).toBe(ofMany);
  });

  it('ends in about the time that it is given, with a sample of each size at least', async () => {
    const { host, asked } = hostOf(15, ['N', 4]);
    const slow: SessionHost = {
      async open(...given: Parameters<SessionHost['open']>) {
        const session = await host.open(...given);
        const wait = () => new Promise((resolve) => setTimeout(resolve, 15));
        return { ...session, inputs: session.inputs, time: (runs: number) => wait().then(() => session.time(runs)) };
      },
    };
    const bounded = { ...request, batches: [1, 2, 4], longestMs: 150 };
    const { times } = await measureBatches(never, slow, bounded, () => undefined);
    expect(times.map(({ batch, samplesMs }) => [batch, samplesMs.length > 0])).toEqual([
      [1, true],
      [2, true],
      [4, true],
    ]);
    // Ten waits fill the time, and each size has one run to warm up and one more. There are over 70 without a bound.
    expect(asked()).toBeLessThanOrEqual(20);
  });

  it('says in a sentence that the model does not take the sizes that it was given', async () => {
    const { host } = hostOf(1, ['N', 4]);
    const refusal = 'failed to call OrtRun(). ERROR_CODE: 1, ERROR_MESSAGE: Attempting to broadcast an axis. 24 by 128';
    const refusing: SessionHost = {
      ...host,
      async open(...given: Parameters<SessionHost['open']>) {
        const session = await host.open(...given);
        return { ...session, inputs: session.inputs, time: () => Promise.reject(new Error(refusal)) };
      },
    };
    const measuring = measureBatches(never, refusing, { ...request, batches: [1] }, () => undefined);
    await expect(measuring).rejects.toMatchObject({
      code: 'runtime/refused-run',
      message: expect.stringMatching(/^The model failed to run: It does not accept these dimensions\./) as string,
    });
  });
});

it('measures texts of each length in turn, and reports progress over all of them', async () => {
  let length = 0;
  const session: Partial<HostedSession> = {
    inputs: ['ids', 'mask'].map((name) => ({ name, dtype: 'int64', shape: ['N', 'length'] })),
    feed: (feeds) => {
      length = feeds['ids']!.dims[1]!;
      return Promise.resolve();
    },
    time: (runs) => Promise.resolve(runs * length),
    close: () => undefined,
  };
  const host: SessionHost = { open: () => Promise.resolve(session as HostedSession) };
  const texts = { lengths: [4, 9], dimensions: ['length'] };
  const shares: number[] = [];
  const measured = await measureServedBatches(
    never,
    host,
    { ...request, batches: [1, 2], texts },
    ({ done, total }) => {
      shares.push(done / total);
    },
  );
  // The session runs nothing, so batching is not proved.
  expect(measured.fixedBatch).toMatch(/^Batching was not tested/);
  expect(measured.texts!.isPadded).toBe(false);
  expect(measured.texts!.byLength.map(({ length: of, times }) => [of, times[0]!.samplesMs[0]])).toEqual([
    [4, 4],
    [9, 9],
  ]);
  expect(measured.times).toEqual(measured.texts!.byLength[0]!.times);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});
