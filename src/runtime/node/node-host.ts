import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { formatProvider } from '../../engine/format';
import type { ExecutionProvider, ProviderAvailability } from '../../engine/metrics/cell';
import type { IdleWorkers } from '../session/idle-workers';
import type { SessionWorker } from '../session/live-worker';
import { createWorkerHost, type ChainHost, type HostTurn } from '../session/session-host';
import { openNativeSession } from './native-session';
import { startSessionThread } from './own-files';

/** Sessions on the WASM provider, a thread of Node each, and sessions of the native runtime, in this thread. */
export function createNodeHost(idle?: IdleWorkers, turn?: HostTurn): ChainHost {
  const spawn = (): SessionWorker => {
    const thread = startSessionThread();
    let isEnding = false;
    return {
      endpoint: nodeEndpoint(thread),
      terminate() {
        isEnding = true;
        void thread.terminate();
      },
      onFailure(listener) {
        thread.on('error', (error) => listener(error.message));
        thread.on('exit', (code) => {
          if (!isEnding)
            listener(`exit code ${code}, probably out of memory. Try again with fewer threads or samples.`);
        });
      },
    };
  };
  const host = createWorkerHost(spawn, idle, { turn });
  return {
    ...host,
    open: (signal, spec) => (spec.ep === 'native' ? openNativeSession(signal, spec) : host.open(signal, spec)),
    availability,
  };
}

async function availability(ep: ExecutionProvider): Promise<ProviderAvailability> {
  if (ep === 'wasm' || ep === 'compiled') return { ep, available: true, reason: 'WebAssembly, in Node.' };
  return {
    ep,
    available: false,
    reason: `Node does not support ${formatProvider(ep)}. Use the page in a browser that does.`,
  };
}
