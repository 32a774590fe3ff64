import type { IdleWorkers } from './idle-workers';
import { watchLife } from './life-lock';
import type { SessionWorker } from './live-worker';
import { probeProvider } from './providers';
import { createWorkerHost, type ChainHost, type HostTurn, type WorkerHost } from './session-host';

/**
 * Sessions in workers of the browser: one each, ended afterwards unless `idle` lets them wait for another. The build
 * with promise integration reports an exception of the browser as "unreachable". Such a session is tried again with the
 * other build, which works or gives the reason.
 */
export function createBrowserHost(idle?: IdleWorkers, turn?: HostTurn): ChainHost {
  const host = createHostOfWorkers(idle, turn);
  return {
    async open(signal, spec) {
      try {
        return await host.open(signal, spec);
      } catch (error) {
        const isOpaque = error instanceof Error && error.message === 'unreachable';
        if (!isOpaque || signal.aborted || spec.ep === 'wasm') throw error;
        return host.open(signal, { ...spec, build: 'asyncify' });
      }
    },
    openChain: (signal) => host.openChain(signal),
    availability: probeProvider,
  };
}

function createHostOfWorkers(idle: IdleWorkers | undefined, turn: HostTurn | undefined): WorkerHost {
  return createWorkerHost(
    () => sessionWorker(new Worker(new URL('../../../workers/session.ts', import.meta.url), { type: 'module' })),
    idle,
    { turn },
  );
}

export function sessionWorker(worker: Worker): SessionWorker {
  const watching = new AbortController();
  return {
    endpoint: worker,
    terminate() {
      watching.abort();
      worker.terminate();
    },
    onFailure(listener) {
      worker.addEventListener('error', (event) => listener(event.message || 'it could not start.'));
      worker.addEventListener('messageerror', () => listener('a message could not be read.'));
      watchLife(worker, watching.signal, () =>
        listener('the browser stopped it, probably out of memory. Close other tabs and try again.'),
      );
    },
  };
}
