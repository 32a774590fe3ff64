import { MessageChannel } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { afterEach, describe, expect, it } from 'vitest';
import { outcomeOf } from '../../engine/errors';
import { IdleWorkers } from './idle-workers';
import type { SessionWorkerApi } from './live-worker';
import { createWorkerHost } from './session-host';
import type { SessionSpec } from './session-spec';

const spec: SessionSpec = {
  files: { name: 'm.onnx', model: new Blob([]), externalData: [] },
  ep: 'wasm',
  threads: 1,
  freeDimensions: {},
  profile: false,
};
const { signal } = new AbortController();
const idle: IdleWorkers[] = [];
afterEach(() => idle.splice(0).forEach((each) => each.end()));

/** Workers that are none: they answer from this thread, count what is open in them, and fail when they are told to. */
function fakeWorkers(heapBytes = 1000) {
  const log = { spawned: 0, ended: 0, open: 0 };
  const waiting = new IdleWorkers();
  idle.push(waiting);
  const host = createWorkerHost(() => {
    log.spawned++;
    const { port1, port2 } = new MessageChannel();
    const api = {
      open: () => outcomeOf(async () => (log.open++, { loadMs: 1, inputs: [] })),
      run: () => outcomeOf(() => Promise.reject(new Error('failed to call OrtRun().'))),
      release: () => outcomeOf(async () => (log.open--, heapBytes)),
      runPart: () => outcomeOf(async () => ({ values: [], keptBytes: 0, kept: new Map() })),
    } satisfies Partial<SessionWorkerApi>;
    expose(api, nodeEndpoint(port1));
    return {
      endpoint: nodeEndpoint(port2),
      terminate() {
        log.ended++;
        port1.close();
      },
      onFailure: () => undefined,
    };
  }, waiting);
  return { host, log, waiting };
}

describe('workers that wait', () => {
  it('serve one session after the other, never two at once', async () => {
    const { host, log, waiting } = fakeWorkers();
    for (let session = 0; session < 3; session++) (await host.open(signal, spec)).close();
    expect(log).toMatchObject({ spawned: 1, ended: 0 });
    await Promise.all([host.open(signal, spec), host.open(signal, spec)]);
    expect(log).toEqual({ spawned: 2, ended: 0, open: 2 });
    waiting.end();
  });

  it('serve a chain as they serve a session', async () => {
    const { host, log } = fakeWorkers();
    (await host.open(signal, spec)).close();
    const chain = host.openChain(signal);
    await chain.run({ first: 0, feeds: [], read: [], keep: [] });
    chain.close();
    (await host.open(signal, spec)).close();
    expect(log).toMatchObject({ spawned: 1, ended: 0 });
  });

  it('are ended after a failure, with a large heap, or if they must not be shared', async () => {
    const failing = fakeWorkers();
    const failed = await failing.host.open(signal, spec);
    await expect(failed.run()).rejects.toThrow('OrtRun');
    failed.close();
    (await failing.host.open(signal, spec)).close();
    expect(failing.log).toMatchObject({ spawned: 2, ended: 1 });

    const large = fakeWorkers(2 ** 30);
    for (let session = 0; session < 2; session++) (await large.host.open(signal, spec)).close();
    expect(large.log.spawned).toBe(2);

    const profiled = fakeWorkers();
    for (const profile of [true, false]) (await profiled.host.open(signal, { ...spec, profile })).close();
    expect(profiled.log.spawned).toBe(2);
  });

  it('end with whoever made them, and with a session that is aborted', async () => {
    const { host, log, waiting } = fakeWorkers();
    const controller = new AbortController();
    const session = await host.open(controller.signal, spec);
    controller.abort(new Error('Enough.'));
    await expect(session.feed({})).rejects.toThrow('Enough.');
    expect(log.ended).toBe(1);
    const other = await host.open(signal, spec);
    waiting.end();
    other.close();
    await expect(other.run()).rejects.toThrow('closed');
    expect(log.ended).toBe(2);
  });
});
