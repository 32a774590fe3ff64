/** Laying graphs out, in a worker that is ended where it takes too long. */
import type { LayoutWorker } from '../../runtime/jobs/layout-worker-api';
import type { LayoutJobs } from './jobs';
import { WorkerClient } from './worker-client';

/** Improving the layout ends after this; a graph on which the first step alone takes much longer is not drawn. */
const improvingMs = 1500;
const endingMs = 15_000;

export function createLayoutJobs(): LayoutJobs {
  const client = new WorkerClient<LayoutWorker>(
    () => new Worker(new URL('../../../workers/layout.ts', import.meta.url), { type: 'module', name: 'layout' }),
  );
  return {
    layout: (signal, request) =>
      client.call(AbortSignal.any([signal, AbortSignal.timeout(endingMs)]), ({ api, call, progressPort }) =>
        api.layout(call, progressPort, request, improvingMs),
      ),
  };
}
