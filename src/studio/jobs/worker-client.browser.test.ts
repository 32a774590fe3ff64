import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../engine/errors';
import { WorkerClient, WorkerEndedError, type CancellableWorker } from './worker-client';

interface StubbornWorker extends CancellableWorker {
  work(call: number, port: MessagePort): Promise<Outcome<string>>;
}

/** A worker that never answers, whatever it is asked: only ending it helps. */
function spawnDeaf(): Worker {
  return new Worker(URL.createObjectURL(new Blob(['for (;;) {}'], { type: 'text/javascript' })));
}

describe('WorkerClient', () => {
  it('ends a worker that does not answer, and starts a fresh one for the next call', async () => {
    let spawned = 0;
    const client = new WorkerClient<StubbornWorker>(() => {
      spawned += 1;
      return spawnDeaf();
    });
    for (const round of [1, 2]) {
      const controller = new AbortController();
      const reason = new DOMException('Cancelled.', 'AbortError');
      const call = client.call(controller.signal, ({ api, call: id, progressPort }) => api.work(id, progressPort));
      const started = performance.now();
      controller.abort(reason);
      await expect(call).rejects.toBe(reason);
      expect(performance.now() - started).toBeLessThan(500);
      expect(spawned).toBe(round);
    }
  });

  it('rejects every pending call when the worker fails', async () => {
    const client = new WorkerClient<StubbornWorker>(
      () => new Worker(URL.createObjectURL(new Blob(['throw new Error("broken")'], { type: 'text/javascript' }))),
    );
    const call = () =>
      client.call(new AbortController().signal, ({ api, call: id, progressPort }) => api.work(id, progressPort));
    const results = await Promise.allSettled([call(), call()]);
    for (const result of results) {
      expect(result.status === 'rejected' && result.reason instanceof WorkerEndedError).toBe(true);
    }
  });

  it('does not start a worker for a call that is aborted already', async () => {
    const client = new WorkerClient<StubbornWorker>(() => {
      throw new Error('started');
    });
    const reason = new Error('too late');
    await expect(client.call(AbortSignal.abort(reason), () => Promise.reject(new Error('ran')))).rejects.toBe(reason);
  });
});
