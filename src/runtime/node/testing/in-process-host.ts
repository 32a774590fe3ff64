/** Sessions in this very process: tests of what runs several models need no worker for each. */
import type { ChainHost } from '../../session/session-host';
import { WorkerSession, type SessionRealm } from '../../session/session';
import { SessionChain } from '../../session/session-worker-api';
import { turnOfProcess } from '../../testing/run-model';
import { loadOrtInNode } from '../ort';

const realm: SessionRealm = { loadOrt: () => loadOrtInNode(1), recordOutput: () => [] };

export function createInProcessHost(): ChainHost {
  return {
    async open(signal, spec) {
      signal.throwIfAborted();
      const session = new WorkerSession(realm);
      const opened = await turnOfProcess.take(() => session.open(spec));
      const unlessAborted = <Value>(job: () => Value | Promise<Value>): Promise<Value> => {
        signal.throwIfAborted();
        return turnOfProcess.take(async () => job());
      };
      return {
        ...opened,
        feed: (feeds) => unlessAborted(() => session.feed(feeds)),
        run: (feeds) => unlessAborted(() => session.run(feeds)),
        readResident: () => unlessAborted(() => session.readResident()),
        time: (runs, leadRuns) => unlessAborted(() => session.time(runs, leadRuns)),
        timeEach: (feeds) => unlessAborted(() => session.timeEach(feeds)),
        profile: () => unlessAborted(() => session.profile()),
        trace: () => unlessAborted(() => session.trace()),
        heapBytes: () => unlessAborted(() => session.heapBytes()),
        gpuBufferBytes: () => unlessAborted(() => session.gpuBufferBytes()),
        close: () => void turnOfProcess.take(() => session.release()),
      };
    },
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
