/** Sessions in this very process: tests of what runs several models need no worker for each. */
import type { SessionHost } from '../../session/session-host';
import { WorkerSession } from '../../session/session';
import { loadOrtInNode } from '../ort';

export function createInProcessHost(): SessionHost {
  return {
    async open(signal, spec) {
      signal.throwIfAborted();
      const session = new WorkerSession({ loadOrt: () => loadOrtInNode(1), recordOutput: () => [] });
      const opened = await session.open(spec);
      const unlessAborted = <Value>(job: () => Value | Promise<Value>): Promise<Value> => {
        signal.throwIfAborted();
        return Promise.resolve(job());
      };
      return {
        ...opened,
        feed: (feeds) => unlessAborted(() => session.feed(feeds)),
        run: () => unlessAborted(() => session.run()),
        readResident: () => unlessAborted(() => session.readResident()),
        time: (runs) => unlessAborted(() => session.time(runs)),
        profile: () => unlessAborted(() => session.profile()),
        trace: () => unlessAborted(() => session.trace()),
        heapBytes: () => unlessAborted(() => session.heapBytes()),
        close: () => void session.release(),
      };
    },
  };
}
