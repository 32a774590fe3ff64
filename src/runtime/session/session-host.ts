import { wrap, type Endpoint, type Remote } from 'comlink';
import { ParetoError, valueOf, type Outcome } from '../../engine/errors';
import type { Feeds, InputDescription } from '../../engine/data/feeds';
import type { ChainRequest, ChainResult } from '../../engine/inference';
import type { TimedRun } from './session';
import type { OpenedSession, SessionProfile, SessionSpec } from './session-spec';
import type { TraceEvent } from './trace-events';
import { TurnToken } from './turn-token';

/** Where sessions run: a worker each in the browser, a thread each in Node. */
export interface SessionHost {
  /** Opens a session in a worker of its own. When the signal is aborted, now or later, the worker is ended. */
  open(signal: AbortSignal, spec: SessionSpec): Promise<HostedSession>;
}

export interface ChainHost extends SessionHost {
  /** One worker for sessions that come one after the other. When the signal is aborted, now or later, it is ended. */
  openChain(signal: AbortSignal): HostedChain;
}

export interface HostedChain {
  load(spec: SessionSpec): Promise<void>;
  run(request: ChainRequest): Promise<ChainResult>;
  forget(names: readonly string[]): Promise<void>;
  /** Ends the worker. */
  close(): void;
}

export interface HostedSession {
  readonly loadMs: number;
  readonly inputs: readonly InputDescription[];
  feed(feeds: Feeds): Promise<void>;
  run(): Promise<TimedRun>;
  /** What the session keeps between runs, by output. */
  readResident(): Promise<Feeds>;
  /** Time of `runs` runs together, in ms. */
  time(runs: number): Promise<number>;
  profile(): Promise<SessionProfile>;
  /** As `profile`: what ran one by one, for a viewer of traces. */
  trace(): Promise<readonly TraceEvent[]>;
  /** Of the runtime's heap. `null` where it cannot be seen. */
  heapBytes(): Promise<number | null>;
  /** Ends the worker. */
  close(): void;
}

/** What a session's worker offers: `WorkerSession`, with errors as data so that they keep their code. */
export interface SessionWorkerApi {
  open(spec: SessionSpec): Promise<Outcome<OpenedSession>>;
  feed(feeds: Feeds): Promise<Outcome<void>>;
  run(): Promise<Outcome<TimedRun>>;
  readResident(): Promise<Outcome<Feeds>>;
  time(runs: number): Promise<Outcome<number>>;
  profile(): Promise<Outcome<SessionProfile>>;
  trace(): Promise<Outcome<readonly TraceEvent[]>>;
  heapBytes(): Promise<Outcome<number | null>>;
  loadPart(spec: SessionSpec): Promise<Outcome<void>>;
  runPart(request: ChainRequest): Promise<Outcome<ChainResult>>;
  forget(names: readonly string[]): Promise<Outcome<void>>;
}

/** A worker of either kind. */
export interface SessionWorker {
  readonly endpoint: Endpoint;
  terminate(): void;
  onFailure(listener: (message: string) => void): void;
}

/** A session that has not answered for so long hangs: some builds of the runtime do after an error. */
const patienceMs = 120_000;

/** A host over workers. All of its sessions share one turn: two runs never happen at once. */
export function createWorkerHost(spawn: () => SessionWorker): ChainHost {
  const turn = new TurnToken();
  const start = (signal: AbortSignal) => {
    signal.throwIfAborted();
    const worker = spawn();
    const lifeline = createLifeline(worker, signal);
    const api = wrap<SessionWorkerApi>(worker.endpoint);
    const call = <Value>(job: (api: Remote<SessionWorkerApi>) => Promise<Outcome<Value>>): Promise<Value> =>
      turn.take(async () => valueOf(await lifeline.race(job(api))));
    return { lifeline, call };
  };
  return {
    async open(signal, spec) {
      const { lifeline, call } = start(signal);
      try {
        const opened = await call((remote) => remote.open(spec));
        return {
          ...opened,
          feed: (feeds) => call((remote) => remote.feed(feeds)),
          run: () => call((remote) => remote.run()),
          readResident: () => call((remote) => remote.readResident()),
          time: (runs) => call((remote) => remote.time(runs)),
          profile: () => call((remote) => remote.profile()),
          trace: () => call((remote) => remote.trace()),
          heapBytes: () => call((remote) => remote.heapBytes()),
          close: lifeline.end,
        };
      } catch (error) {
        lifeline.end();
        throw error;
      }
    },
    openChain(signal) {
      const { lifeline, call } = start(signal);
      return {
        load: (spec) => call((remote) => remote.loadPart(spec)),
        run: (request) => call((remote) => remote.runPart(request)),
        forget: (names) => call((remote) => remote.forget(names)),
        close: lifeline.end,
      };
    },
  };
}

/** Comlink's promises never settle once their worker is gone: every call is raced with the end of the worker. */
function createLifeline(worker: SessionWorker, signal: AbortSignal) {
  let reject: (reason: unknown) => void = () => undefined;
  const ended = new Promise<never>((_, rejectEnded) => (reject = rejectEnded));
  ended.catch(() => undefined);
  const endWith = (reason: unknown) => {
    signal.removeEventListener('abort', onAbort);
    worker.terminate();
    reject(reason);
  };
  const onAbort = () => endWith(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  worker.onFailure((message) =>
    endWith(new ParetoError('runtime/worker-ended', `The worker of the session ended: ${message}`)),
  );
  return {
    end: () => endWith(new ParetoError('runtime/closed', 'The session is closed.')),
    async race<Value>(answer: Promise<Value>): Promise<Value> {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const timeout = new Promise<never>((_, rejectTimeout) => {
        timer = setTimeout(() => {
          const seconds = patienceMs / 1000;
          rejectTimeout(new ParetoError('runtime/timeout', `The session gave no answer for ${seconds} seconds.`));
        }, patienceMs);
      });
      try {
        return await Promise.race([answer, ended, timeout]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
