import { transfer } from 'comlink';
import { outcomeOf, type Outcome } from '../../engine/errors';
import type { SessionWorkerApi } from './live-worker';
import { WorkerSession, type SessionApi, type SessionRealm, type TimedRun } from './session';
import { SessionChain } from './session-chain';
import { watchMemory } from './watch-memory';

/** A session of a compiled module, whose compiler is loaded when it is needed. */
export type CompiledSessions = (realm: SessionRealm) => Promise<SessionApi>;

/** The API of a session's worker over one session of this realm, or over one chain of them. */
export function createSessionWorkerApi(realm: SessionRealm, compiled: CompiledSessions): SessionWorkerApi {
  const heapBytes = watchMemory();
  let session: SessionApi = new WorkerSession(realm);
  const chain = new SessionChain(realm);
  return {
    open: (spec) =>
      outcomeOf(async () => {
        if (spec.ep === 'compiled') session = await compiled(realm);
        return session.open(spec);
      }),
    feed: (feeds) => outcomeOf(async () => session.feed(feeds)),
    run: async (feeds) => withoutCopy(await outcomeOf(() => session.run(feeds))),
    readResident: () => outcomeOf(() => session.readResident()),
    time: (runs, leadRuns) => outcomeOf(() => session.time(runs, leadRuns)),
    timeEach: (feeds) => outcomeOf(() => session.timeEach(feeds)),
    profile: () => outcomeOf(async () => session.profile()),
    trace: () => outcomeOf(async () => session.trace()),
    heapBytes: () => outcomeOf(async () => session.heapBytes()),
    gpuBufferBytes: () => outcomeOf(async () => session.gpuBufferBytes()),
    loadPart: (spec) => outcomeOf(() => chain.load(spec)),
    runPart: (request) => outcomeOf(() => chain.run(request)),
    forget: (names) => outcomeOf(async () => chain.forget(names)),
    release: () =>
      outcomeOf(async () => {
        await session.release();
        await chain.close();
        return heapBytes();
      }),
  };
}

/** Outputs are copies already, so they leave the worker unchanged. */
function withoutCopy(outcome: Outcome<TimedRun>): Outcome<TimedRun> {
  if (!outcome.ok) return outcome;
  const buffers = Object.values(outcome.value.outputs).flatMap(({ data }) =>
    ArrayBuffer.isView(data) ? [data.buffer] : [],
  );
  return transfer(outcome, [...new Set(buffers)] as ArrayBuffer[]);
}
