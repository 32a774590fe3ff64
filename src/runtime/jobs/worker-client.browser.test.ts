import { describe, expect, it } from 'vitest';
import { settlesWithin } from '../../engine/testing/settles-within';
import { WorkerClient } from './worker-client';

const work = { name: 'work', given: [], ids: [] };

/** A worker that never answers, whatever it is asked: only ending it helps. */
function spawnDeaf(): Worker {
  return new Worker(URL.createObjectURL(new Blob(['for (;;) {}'], { type: 'text/javascript' })));
}

describe('WorkerClient', () => {
  it('ends a worker that does not answer, and starts a fresh one for the next call', async () => {
    let spawned = 0;
    const client = new WorkerClient(() => {
      spawned += 1;
      return spawnDeaf();
    });
    for (const round of [1, 2]) {
      const controller = new AbortController();
      const reason = new DOMException('Canceled.', 'AbortError');
      const call = client.call(work, { signal: controller.signal });
      controller.abort(reason);
      expect(await settlesWithin(500, call)).toBe(true);
      await expect(call).rejects.toBe(reason);
      expect(spawned).toBe(round);
    }
  });

  it('leaves the worker to the other calls when one is aborted that does not stop', async () => {
    // Answers a call after a second, and while it waits it hears nothing.
    const slow = `
      self.onmessage = ({ data: { port } }) => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
        port.postMessage({ kind: 'settled', outcome: { ok: true, value: 'done' } });
      };`;
    let spawned = 0;
    const client = new WorkerClient(() => {
      spawned += 1;
      return new Worker(URL.createObjectURL(new Blob([slow], { type: 'text/javascript' })));
    });
    const start = (signal: AbortSignal) => client.call(work, { signal });
    const controller = new AbortController();
    const [aborted, other] = [start(controller.signal), start(new AbortController().signal)];
    controller.abort(new DOMException('Canceled.', 'AbortError'));
    expect(await settlesWithin(500, aborted)).toBe(true);
    await expect(aborted).rejects.toBe(controller.signal.reason);
    expect(await other).toBe('done');
    // Nobody waits for it any more: it is ended, and the next call has a fresh one.
    const both = [new AbortController(), new AbortController()];
    const calls = both.map(({ signal }) => start(signal));
    for (const each of both) each.abort(controller.signal.reason);
    for (const call of calls) await expect(call).rejects.toBe(controller.signal.reason);
    expect(await start(new AbortController().signal)).toBe('done');
    expect(spawned).toBe(2);
  });

  it('rejects every pending call when the worker fails', async () => {
    const client = new WorkerClient(
      () => new Worker(URL.createObjectURL(new Blob(['throw new Error("broken")'], { type: 'text/javascript' }))),
    );
    const call = () => client.call(work, { signal: new AbortController().signal });
    const results = await Promise.allSettled([call(), call()]);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'runtime/worker-ended' } });
    }
  });

  it('rejects a call whose worker dies without an event, and starts a fresh one for the next', async () => {
    // A browser ends a worker that takes too much memory, which looks the same from outside.
    const mortal = `
      const locked = new Promise((resolve) => {
        navigator.locks.request('mortal-' + Math.random(), (lock) => {
          postMessage({ lock: lock.name });
          resolve();
          return new Promise(() => undefined);
        });
      });
      self.onmessage = ({ data: { name, port } }) => {
        if (name === 'die') locked.then(() => setTimeout(close, 200));
        else port.postMessage({ kind: 'settled', outcome: { ok: true, value: 'alive' } });
      };`;
    const spawn = () => new Worker(URL.createObjectURL(new Blob([mortal], { type: 'text/javascript' })));
    const client = new WorkerClient(spawn);
    const { signal } = new AbortController();
    await expect(client.call({ ...work, name: 'die' }, { signal })).rejects.toThrow(/out of memory/);
    expect(await client.call(work, { signal })).toBe('alive');
    client.end();
  });

  it('ends a blocked worker with its sessions and lock, and starts a fresh one for the next call', async () => {
    // Asks for a session and the lock, and blocks once it has both, as Firefox blocks a worker that starts a worker.
    const blocking = `
      const { port1, port2 } = new MessageChannel();
      const session = new MessageChannel();
      port1.onmessage = ({ data }) => { if (data.kind === 'locked') for (;;) {} };
      postMessage({ page: port2 }, [port2]);
      self.onmessage = ({ data: { name, port } }) => {
        if (name !== 'block') return port.postMessage({ kind: 'settled', outcome: { ok: true, value: 'alive' } });
        port1.postMessage({ kind: 'start', id: 1, port: session.port2 }, [session.port2]);
        port1.postMessage({ kind: 'lock', id: 2 });
      };`;
    const client = new WorkerClient(
      () => new Worker(URL.createObjectURL(new Blob([blocking], { type: 'text/javascript' }))),
    );
    const { signal } = new AbortController();
    const blocked = client.call({ ...work, name: 'block' }, { signal });
    blocked.catch(() => undefined);
    const isHeld = async () => (await navigator.locks.query()).held?.some(({ name }) => name === 'pareto-benchmark');
    await expect.poll(isHeld).toBe(true);
    expect(await settlesWithin(15_000, blocked)).toBe(true);
    await expect(blocked).rejects.toThrow('This job did not respond for 12 seconds and was ended.');
    await expect.poll(isHeld).toBe(false);
    expect(await client.call(work, { signal })).toBe('alive');
    client.end();
  });

  it('does not start a worker for a call that is aborted already', async () => {
    const client = new WorkerClient(() => {
      throw new Error('started');
    });
    const reason = new Error('too late');
    await expect(client.call(work, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
