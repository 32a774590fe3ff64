/** Sessions in this very process: tests of what runs several models need no worker for each. */
import type { ChainHost } from '../../session/session-host';
import type { SessionRealm } from '../../session/session';
import { SessionChain } from '../../session/session-worker-api';
import { turnOfProcess } from '../../testing/run-model';
import { openHere } from '../node-host';
import { loadOrtInNode } from '../ort';

const realm: SessionRealm = { loadOrt: () => loadOrtInNode(1), recordOutput: () => [] };

export function createInProcessHost(): ChainHost {
  return {
    open: (signal, spec) => openHere(signal, spec, realm, (work) => turnOfProcess.take(work)),
    openChain(signal) {
      signal.throwIfAborted();
      const chain = new SessionChain(realm);
      return {
        load: (spec) => turnOfProcess.take(() => chain.load(spec)),
        run: (request) => turnOfProcess.take(() => chain.run(request)),
        forget: async (names) => chain.forget(names),
        close: () => void turnOfProcess.take(() => chain.close()),
      };
    },
    availability: async (ep) => ({ ep, available: ep === 'wasm', reason: 'Sessions run on WASM in this process.' }),
  };
}
