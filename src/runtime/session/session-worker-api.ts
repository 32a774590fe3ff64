import { outcomeOf } from '../../engine/errors';
import { WorkerSession, type SessionRealm } from './session';
import type { SessionWorkerApi } from './session-host';

/** The API of a session's worker over one session of this realm. */
export function createSessionWorkerApi(realm: SessionRealm): SessionWorkerApi {
  const session = new WorkerSession(realm);
  return {
    open: (spec) => outcomeOf(() => session.open(spec)),
    feed: (feeds) => outcomeOf(async () => session.feed(feeds)),
    run: () => outcomeOf(() => session.run()),
    time: (runs) => outcomeOf(() => session.time(runs)),
    profile: () => outcomeOf(async () => session.profile()),
  };
}
