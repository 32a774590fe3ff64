/** Opening, optimising and compressing models, in a worker. */
import type { Outcome } from '../../engine/errors';
import type { OptimizeWorker } from '../../runtime/jobs/optimize-worker-api';
import type { ModelJobs } from './jobs';
import { ObjectIds } from './object-ids';
import { WorkerClient, type WorkerCall } from './worker-client';

function startWorker(): Worker {
  return new Worker(new URL('../../../workers/optimize.ts', import.meta.url), { type: 'module', name: 'optimize' });
}

export function createModelJobs(): ModelJobs {
  const client = new WorkerClient<OptimizeWorker>(startWorker);
  const modelIds = new ObjectIds();
  return {
    async open(signal, files, onProgress) {
      const modelId = modelIds.next();
      const opened = await client.call(
        signal,
        ({ api, call, progressPort }) => api.open(call, progressPort, modelId, files),
        onProgress,
      );
      modelIds.assign(opened.files.model, modelId);
      return opened;
    },

    optimize: (signal, original, recipe, onProgress, calibration) =>
      client.call(
        signal,
        ({ api, call, progressPort }) =>
          api.optimize(call, progressPort, modelIds.of(original.model), original, recipe, calibration),
        onProgress,
      ),

    pack: (signal, files, name, onProgress) =>
      client.call(signal, ({ api, call, progressPort }) => api.pack(call, progressPort, files, name), onProgress),

    async fingerprint(signal, { model }) {
      const sha256 = await inOwnWorker(signal, ({ api, call, progressPort }) =>
        api.fingerprint(call, progressPort, model),
      );
      return { sha256 };
    },

    async compress(signal, files) {
      const gzipBytes = await inOwnWorker(signal, ({ api, call, progressPort }) =>
        api.compress(call, progressPort, files),
      );
      return { gzipBytes };
    },
  };
}

/** For what reads whole files: no other job waits for it, and ending it ends nothing else. */
async function inOwnWorker<Value>(
  signal: AbortSignal,
  job: (call: WorkerCall<OptimizeWorker>) => Promise<Outcome<Value>>,
): Promise<Value> {
  const client = new WorkerClient<OptimizeWorker>(startWorker);
  try {
    return await client.call(signal, job);
  } finally {
    client.end();
  }
}
