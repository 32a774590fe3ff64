/**
 * A worker that can be cancelled. A call starts the worker when there is none. An aborted call first asks the worker
 * to stop; if it does not within `graceMs` the worker is ended, and the next call starts a fresh one. While another call
 * waits for the same worker, it goes on: then the aborted call alone is given up. Promises of Comlink never settle once
 * their worker is gone, so every pending call is rejected here.
 */
import { releaseProxy, transfer, wrap, type Remote } from 'comlink';
import { valueOf, type Outcome } from '../../engine/errors';

const graceMs = 300;

/** What a worker offers besides its own jobs: a way to be asked to stop. Every call carries its own number. */
export interface CancellableWorker {
  cancel(call: number): void;
}

export class WorkerEndedError extends Error {
  override readonly name = 'WorkerEndedError';
}

/** What a job needs to reach the worker: its API, the number of this call, and the port that carries progress. */
export interface WorkerCall<Api> {
  readonly api: Remote<Api>;
  readonly call: number;
  /** Already marked for transfer: pass it on as an argument. */
  readonly progressPort: MessagePort;
}

interface LiveWorker<Api> {
  readonly api: Remote<Api>;
  readonly ended: Promise<never>;
  /** The calls that somebody waits for. */
  readonly awaited: Set<number>;
  end(reason: unknown): void;
}

export class WorkerClient<Api extends CancellableWorker> {
  readonly #spawn: () => Worker;
  #live: LiveWorker<Api> | undefined;
  #nextCall = 1;

  constructor(spawn: () => Worker) {
    this.#spawn = spawn;
  }

  /**
   * Runs one job; messages on its progress port go to `onProgress`, none after the call has settled. Rejects with the
   * signal's reason when aborted, with the worker's own error, or with `WorkerEndedError` when the worker dies.
   */
  async call<Value, Progress = never>(
    signal: AbortSignal,
    job: (call: WorkerCall<Api>) => Promise<Outcome<Value>>,
    onProgress?: (progress: Progress) => void,
  ): Promise<Value> {
    signal.throwIfAborted();
    const live = (this.#live ??= startWorker<Api>(this.#spawn, (ended) => {
      if (this.#live === ended) this.#live = undefined;
    }));
    const call = this.#nextCall++;
    live.awaited.add(call);
    const cancellation = new AbortController();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event: MessageEvent<Progress>) => onProgress?.(event.data);
    try {
      const work = job({ api: live.api, call, progressPort: transfer(port2, [port2]) });
      const outcome = await Promise.race([work, live.ended, askThenEnd(live, call, signal, cancellation.signal)]);
      signal.throwIfAborted();
      return valueOf(outcome);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      live.awaited.delete(call);
      cancellation.abort();
      port1.close();
    }
  }

  /** Ends the worker now; calls in flight reject. The next call starts a fresh one. */
  end(): void {
    this.#live?.end(new WorkerEndedError('The worker was ended.'));
  }
}

/**
 * Never resolves. Once `signal` is aborted: asks, waits `graceMs`, and ends the worker, or rejects where other calls need
 * it. `settled` calls all of that off.
 */
function askThenEnd<Api extends CancellableWorker>(
  live: LiveWorker<Api>,
  call: number,
  signal: AbortSignal,
  settled: AbortSignal,
): Promise<never> {
  return new Promise<never>((_, reject) => {
    const ask = () => {
      live.awaited.delete(call);
      const cancel = live.api.cancel as unknown as (call: number) => Promise<void>;
      cancel(call).catch(() => undefined);
      const timer = setTimeout(() => {
        if (live.awaited.size > 0) reject(signal.reason as Error);
        else live.end(new WorkerEndedError('The worker was ended: a job did not stop.'));
      }, graceMs);
      settled.addEventListener('abort', () => clearTimeout(timer), { once: true });
    };
    signal.addEventListener('abort', ask, { once: true, signal: settled });
  });
}

function startWorker<Api>(spawn: () => Worker, onEnd: (ended: LiveWorker<Api>) => void): LiveWorker<Api> {
  const worker = spawn();
  const api = wrap<Api>(worker);
  let reject: (reason: unknown) => void = () => undefined;
  const ended = new Promise<never>((_, rejectEnded) => (reject = rejectEnded));
  // Nobody may be waiting when an idle worker ends.
  ended.catch(() => undefined);
  const live: LiveWorker<Api> = {
    api,
    ended,
    awaited: new Set(),
    end(reason) {
      onEnd(live);
      api[releaseProxy]();
      worker.terminate();
      reject(reason);
    },
  };
  worker.addEventListener('error', (event) => {
    live.end(new WorkerEndedError(event.message || 'The worker could not be started. Reload the page and try again.'));
  });
  worker.addEventListener('messageerror', () => {
    live.end(new WorkerEndedError('A message from the worker could not be read. Reload the page and try again.'));
  });
  return live;
}
