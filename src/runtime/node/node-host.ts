import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { formatProvider } from '../../engine/format';
import type { ExecutionProvider, ProviderAvailability } from '../../engine/metrics/cell';
import type { IdleWorkers } from '../session/idle-workers';
import { createWorkerHost, type ChainHost } from '../session/session-host';
import { fingerprint } from './bundle.mjs';

let sources: string | undefined;

/** Found out once in a process: it takes longer than the rest of starting a thread. */
function knownSources(): string | undefined {
  try {
    return (sources ??= fingerprint(path.resolve(fileURLToPath(import.meta.url), '../../../..')));
  } catch {
    // The thread takes the sources as they are.
    return undefined;
  }
}

/** Sessions on the WASM provider, a thread of Node each. */
export function createNodeHost(idle?: IdleWorkers): ChainHost {
  const host = createWorkerHost(() => {
    const thread = new Worker(new URL('./session-thread.mjs', import.meta.url), {
      workerData: { sources: knownSources() },
    });
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
  }, idle);
  return { ...host, availability };
}

async function availability(ep: ExecutionProvider): Promise<ProviderAvailability> {
  if (ep === 'wasm') return { ep, available: true, reason: 'WebAssembly, in Node.' };
  return {
    ep,
    available: false,
    reason: `Node does not support ${formatProvider(ep)}. Use the page in a browser that does.`,
  };
}
