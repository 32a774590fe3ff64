/** Reading data, mapping it and evaluating models on it, in a worker. */
import type { DataWorker } from '../../runtime/jobs/data-worker-api';
import type { DataJobs } from './jobs';
import { ObjectIds } from './object-ids';
import { WorkerClient } from './worker-client';

/** The worker starts with the first call. After a cancellation that it did not follow, the next call starts a fresh one. */
export function createDataJobs(): DataJobs {
  const client = new WorkerClient<DataWorker>(
    () => new Worker(new URL('../../../workers/data.ts', import.meta.url), { type: 'module', name: 'data' }),
  );
  const dataIds = new ObjectIds();
  return {
    open: (signal, files, onProgress) =>
      client.call(
        signal,
        ({ api, call, progressPort }) => api.open(call, progressPort, dataIds.of(files), files),
        onProgress,
      ),

    suggest: (signal, files, model) =>
      client.call(signal, ({ api, call, progressPort }) =>
        api.suggest(call, progressPort, dataIds.of(files), files, model),
      ),

    preview: (signal, files, model, mapping, index) =>
      client.call(signal, ({ api, call, progressPort }) =>
        api.preview(call, progressPort, dataIds.of(files), files, model, mapping, index),
      ),

    labels: (signal, files, request) =>
      client.call(signal, ({ api, call, progressPort }) =>
        api.labels(call, progressPort, dataIds.of(files), files, request),
      ),

    inputs: (signal, files, request) =>
      client.call(signal, ({ api, call, progressPort }) =>
        api.inputs(call, progressPort, dataIds.of(files), files, request),
      ),

    evaluate: (signal, files, request, onProgress) =>
      client.call(
        signal,
        ({ api, call, progressPort }) => api.evaluate(call, progressPort, dataIds.of(files), files, request),
        onProgress,
      ),
  };
}
