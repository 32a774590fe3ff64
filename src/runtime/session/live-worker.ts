/** A worker in which a session runs, and the messages between the two. */
import { wrap, type Endpoint, type Remote } from 'comlink';
import { LastingEnd } from '../../engine/lasting-end';
import { ParetoError, valueOf, type Outcome } from '../../engine/errors';
import type { Feeds } from '../../engine/data/feeds';
import type { ChainRequest, ChainResult } from '../../engine/inference';
import type { TimedRun } from './session';
import type { OpenedSession, SessionProfile, SessionSpec } from './session-spec';
import type { TraceEvent } from './trace-events';

/** The interface of a session's worker: `WorkerSession`, with errors as data so that they keep their code. */
export interface SessionWorkerApi {
  open(spec: SessionSpec): Promise<Outcome<OpenedSession>>;
  feed(feeds: Feeds): Promise<Outcome<void>>;
  run(feeds?: Feeds): Promise<Outcome<TimedRun>>;
  readResident(): Promise<Outcome<Feeds>>;
  time(runs: number, leadRuns?: number): Promise<Outcome<number>>;
  timeEach(feeds: readonly Feeds[]): Promise<Outcome<readonly number[]>>;
  profile(): Promise<Outcome<SessionProfile>>;
  trace(): Promise<Outcome<readonly TraceEvent[]>>;
  heapBytes(): Promise<Outcome<number | null>>;
  gpuBufferBytes(): Promise<Outcome<number | null>>;
  loadPart(spec: SessionSpec): Promise<Outcome<void>>;
  runPart(request: ChainRequest): Promise<Outcome<ChainResult>>;
  forget(names: readonly string[]): Promise<Outcome<void>>;
  /** Ends the session or chain, for another in this worker. Gives the bytes of the runtime's heap, which never shrinks. */
  release(): Promise<Outcome<number | null>>;
}

/** A worker of either kind. */
export interface SessionWorker {
  readonly endpoint: Endpoint;
  terminate(): void;
  onFailure(listener: (message: string) => void): void;
}

/**
 * How long a session may take to answer. A call that takes longer hangs. Some builds of the runtime do so after an
 * error.
 */
export interface Patience {
  readonly ms: number;
}

export const usualPatience: Patience = { ms: 120_000 };

/** The reason of a worker that ends because its session is closed. */
export function sessionClosed(): ParetoError {
  return new ParetoError('runtime/closed', 'The session is closed.');
}

/** A worker until it ends. Comlink's promises never settle once their worker is gone: every call is raced with that end. */
export class LiveWorker {
  readonly #worker: SessionWorker;
  readonly #api: Remote<SessionWorkerApi>;
  readonly #end = new LastingEnd();
  readonly #patience: Patience;
  #running = 0;
  #hasFailed = false;

  constructor(worker: SessionWorker, patience: Patience) {
    this.#worker = worker;
    this.#patience = patience;
    this.#api = wrap<SessionWorkerApi>(worker.endpoint);
    worker.onFailure((message) =>
      this.end(new ParetoError('runtime/worker-ended', `The worker of the session ended: ${message}`)),
    );
  }

  /**
   * True if nothing in it has failed and nothing runs, because a session that fails can spoil the runtime for the next
   * one.
   */
  get isSound(): boolean {
    return !this.#hasFailed && this.#running === 0;
  }

  /** Ends it at once. Running calls are rejected with the reason. */
  end(reason: unknown): void {
    this.#hasFailed = true;
    this.#worker.terminate();
    this.#end.end(reason);
  }

  async call<Value>(job: (api: Remote<SessionWorkerApi>) => Promise<Outcome<Value>>): Promise<Value> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const { ms } = this.#patience;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new ParetoError('runtime/timeout', `The session did not respond for ${ms / 1000} seconds.`));
      }, ms);
    });
    this.#running++;
    try {
      const value = valueOf(await this.#end.before(job(this.#api), timeout));
      this.#running--;
      return value;
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
