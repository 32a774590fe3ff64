/** Describing models for people, in a worker of its own. */
import type { InspectWorker, NamedModel } from '../../runtime/inspect-worker-api';
import type { InspectJobs, ModelFiles } from './jobs';
import { WorkerClient } from './worker-client';

export function createInspectJobs(): InspectJobs {
  const client = new WorkerClient<InspectWorker>(
    () => new Worker(new URL('../../../workers/inspect.ts', import.meta.url), { type: 'module', name: 'inspect' }),
  );
  const names = new ModelNames();
  return {
    describe: (signal, files, dimensions) =>
      client.call(signal, ({ api, call, progressPort }) =>
        api.describe(call, progressPort, names.of(files), dimensions),
      ),

    examine: (signal, files, nodePath) =>
      client.call(signal, ({ api, call, progressPort }) => api.examine(call, progressPort, names.of(files), nodePath)),

    statistics: (signal, files, weightPath) =>
      client.call(signal, ({ api, call, progressPort }) =>
        api.statistics(call, progressPort, names.of(files), weightPath),
      ),

    compare: (signal, a, b) =>
      client.call(signal, ({ api, call, progressPort }) => api.compare(call, progressPort, names.of(a), names.of(b))),
  };
}

/** Blobs are copied on their way to a worker, so the worker knows a model by a number that belongs to the blob here. */
class ModelNames {
  readonly #ids = new WeakMap<Blob, number>();
  #last = 0;

  of(files: ModelFiles): NamedModel {
    const id = this.#ids.get(files.model) ?? ++this.#last;
    this.#ids.set(files.model, id);
    return { id, files };
  }
}
