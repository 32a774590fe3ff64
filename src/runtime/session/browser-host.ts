import type { IdleWorkers } from './idle-workers';
import { startSessionInPage } from './page-link';
import { probeProvider } from './providers';
import { createWorkerHost, type ChainHost, type HostTurn } from './session-host';

/**
 * Sessions in workers of the browser: one each, ended afterwards unless `idle` lets them wait for another. The build
 * with promise integration reports an exception of the browser as "unreachable". Such a session is tried again with the
 * other build, which works or gives the reason.
 */
export function createBrowserHost(idle?: IdleWorkers, turn?: HostTurn): ChainHost {
  const host = createWorkerHost(startSessionInPage, idle, { turn });
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
