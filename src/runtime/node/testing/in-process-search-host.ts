/** Runs a search in this very process: its sessions need no worker for each, and nothing else measures beside it. */
import { createHash } from 'node:crypto';
import type { SearchHost } from '../../search/search-request';
import { createSessionInference } from '../../session/session-inference';
import { createInProcessHost } from './in-process-host';

type Measuring = SearchHost['measuring'];

/** `measuring` changes how and where candidates are timed. */
export function createInProcessSearchHost(
  signal: AbortSignal,
  measuring: (usual: Measuring) => Measuring = (usual) => usual,
): SearchHost {
  const sessions = createInProcessHost();
  return {
    signal,
    checkpoint: () => (signal.throwIfAborted(), Promise.resolve()),
    createHash: () => {
      const hash = createHash('sha256');
      return { update: (bytes) => void hash.update(bytes), digestHex: () => hash.digest('hex') };
    },
    inference: createSessionInference(() => sessions),
    sessions,
    mostThreads: 2,
    measuring: measuring({ sessions, timerResolutionUs: 5, crossOriginIsolated: true, softwareAdapter: false }),
    exclusively: (_signal, job) => job(),
  };
}
