/** Describing models for people, in a worker of its own. */
import type { InspectWorker, NamedModel } from '../../runtime/jobs/inspect-worker-api';
import type { InspectJobs, ModelFiles } from './jobs';
import { ObjectIds } from './object-ids';
import { WorkerClient } from './worker-client';

export function createInspectJobs(): InspectJobs {
  const client = new WorkerClient<InspectWorker>(
    () => new Worker(new URL('../../../workers/inspect.ts', import.meta.url), { type: 'module', name: 'inspect' }),
  );
  const modelIds = new ObjectIds();
  const named = (files: ModelFiles): NamedModel => ({ id: modelIds.of(files.model), files });
  return {
    describe: (signal, files, dimensions) =>
      client.call(signal, ({ api, call, progressPort }) => api.describe(call, progressPort, named(files), dimensions)),

    examine: (signal, files, nodePath) =>
      client.call(signal, ({ api, call, progressPort }) => api.examine(call, progressPort, named(files), nodePath)),

    statistics: (signal, files, weightPath) =>
      client.call(signal, ({ api, call, progressPort }) =>
        api.statistics(call, progressPort, named(files), weightPath),
      ),

    sparsity: (signal, files, onProgress) =>
      client.call(signal, ({ api, call, progressPort }) => api.sparsity(call, progressPort, named(files)), onProgress),

    duplicates: (signal, files) =>
      client.call(signal, ({ api, call, progressPort }) => api.duplicates(call, progressPort, named(files))),

    blocks: (signal, files) =>
      client.call(signal, ({ api, call, progressPort }) => api.blocks(call, progressPort, named(files))),

    compare: (signal, a, b) =>
      client.call(signal, ({ api, call, progressPort }) => api.compare(call, progressPort, named(a), named(b))),
  };
}
