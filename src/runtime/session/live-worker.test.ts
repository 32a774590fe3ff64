import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MessageChannel } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../engine/errors';
import { LiveWorker, type SessionWorkerApi } from './live-worker';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('LiveWorker', () => {
  // Comlink tells the worker to stop listening once a proxy is collected (its issue 692).
  it('holds the proxy of Comlink between calls', async () => {
    const { port1, port2 } = new MessageChannel();
    const api = { release: () => outcomeOf(async () => 7) } satisfies Partial<SessionWorkerApi>;
    expose(api, nodeEndpoint(port1));
    const worker = new LiveWorker(
      { endpoint: nodeEndpoint(port2), terminate: () => port1.close(), onFailure: () => undefined },
      { ms: 5000 },
    );
    for (let call = 0; call < 3; call++) {
      await expect(worker.call((remote) => remote.release())).resolves.toBe(7);
      collectGarbage();
      await wait(20);
    }
    worker.end(new Error('done'));
  });
});
