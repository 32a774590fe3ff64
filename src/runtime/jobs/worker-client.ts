/**
 * A worker whose calls can be canceled and paused. A call starts the worker if there is none. An aborted call first
 * asks the worker to stop. If it does not stop within `graceMs`, the worker is terminated, and the next call starts a
 * new one. The worker is kept if another call waits for it: then only the aborted call is given up. A terminated worker
 * never answers, so every pending call is rejected here.
 */
import type { Observation } from '../../engine/passes/pass';
import { type Outcome, ParetoError, valueOf } from '../../engine/errors';
import { LastingEnd } from '../../engine/lasting-end';
import type { CallRequest, ListPart, ListPlace, MessageFromCall, MessageToCall } from './call';
import type { LifeMessage } from '../session/life-lock';
import type { LinkMessage } from '../session/page-link';
import { type ServedWorker, serveWorker, watchLife } from './serve-worker';

/** Copied in a few milliseconds. */
const mostInMessage = 50;

interface SentAhead extends Pick<CallRequest, 'given' | 'lists'> {
  readonly arrive: Promise<unknown> | null;
}

/**
 * The long lists that one worker has, or is being sent. The browser copies the files of one message in one task, which takes
 * half a second for 10,000. A long list is therefore sent in parts ahead of the call, once to each worker, and the call names it.
 */
export class LongLists {
  readonly #worker: Pick<Worker, 'postMessage'>;
  readonly #sent = new WeakMap<readonly unknown[], { readonly list: number; readonly arrives: Promise<void> }>();
  /** Nobody can name a list any more that is gone here. */
  readonly #gone = new FinalizationRegistry<number>((list) => this.#tell({ list, part: null }));
  #last = 0;

  constructor(worker: Pick<Worker, 'postMessage'>) {
    this.#worker = worker;
  }

  /** The arguments of a call without their long lists, which are on their way; `arrive`: until then the call must wait, `null`: no need to. */
  sendAhead(given: readonly unknown[]): SentAhead {
    const lists: ListPlace[] = [];
    const arrivals: Promise<void>[] = [];
    const rest = given.map((argument, at) =>
      withoutLongLists(argument, [at], (entries, path) => {
        const { list, arrives } = this.#sent.get(entries) ?? this.#send(entries);
        lists.push({ path, list });
        arrivals.push(arrives);
      }),
    );
    return { given: rest, lists, arrive: arrivals.length === 0 ? null : Promise.all(arrivals) };
  }

  #send(entries: readonly unknown[]) {
    const list = ++this.#last;
    const sent = { list, arrives: this.#sendParts(entries, list) };
    this.#sent.set(entries, sent);
    this.#gone.register(entries, list);
    return sent;
  }

  async #sendParts(entries: readonly unknown[], list: number): Promise<void> {
    const turns = new MessageChannel();
    for (let at = 0; at < entries.length; at += mostInMessage) {
      this.#tell({ list, part: entries.slice(at, at + mostInMessage) });
      // A timer would wait for seconds in a tab that nobody sees.
      await new Promise((resolve) => {
        turns.port1.onmessage = resolve;
        turns.port2.postMessage(null);
      });
    }
    turns.port1.close();
  }

  #tell(message: ListPart): void {
    this.#worker.postMessage(message);
  }
}

type Path = ListPlace['path'];

function withoutLongLists(value: unknown, path: Path, take: (list: readonly unknown[], path: Path) => void): unknown {
  if (Array.isArray(value) && isLong(value)) {
    take(value, path);
    return null;
  }
  if (!isPlain(value)) return value;
  const rest = ([name, each]: [string, unknown]) => [name, withoutLongLists(each, [...path, name], take)] as const;
  return Object.fromEntries(Object.entries(value).map(rest));
}

function isLong(list: readonly unknown[]): boolean {
  const [first] = list;
  const holdsFile =
    first instanceof Blob || (isPlain(first) && Object.values(first).some((each) => each instanceof Blob));
  return list.length > mostInMessage && holdsFile;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

const graceMs = 300;

/** The worker ended before its call: it could not start, the browser stopped it, or the page did. */
function workerEnded(message: string): ParetoError {
  return new ParetoError('runtime/worker-ended', message);
}

/**
 * A call in progress, for a caller that wants to pause it or send it messages. Nothing happens any more once it has
 * settled.
 */
export interface RunningCall<Message = never> {
  pause(paused: boolean): void;
  tell(message: Message): void;
}

/** The caller's side of a call: its abort signal and its progress callback. */
export interface Follower {
  readonly signal: AbortSignal;
  onProgress?(progress: unknown): void;
  onObservations?(observations: readonly Observation[]): void;
  onStart?(call: RunningCall<unknown>): void;
}

interface LiveWorker {
  readonly worker: Worker;
  readonly ended: LastingEnd;
  /** The ports of the calls that somebody waits for. */
  readonly awaited: Set<MessagePort>;
  readonly lists: LongLists;
  end(reason: unknown): void;
}

export class WorkerClient {
  readonly #spawn: () => Worker;
  #live: LiveWorker | undefined;

  constructor(spawn: () => Worker) {
    this.#spawn = spawn;
  }

  /**
   * Makes one call. Its messages go to `follower` in order, and none arrives after it has settled. Rejects with the
   * signal's reason when aborted, with the worker's own error, or with `runtime/worker-ended` when the worker dies.
   */
  async call(request: Omit<CallRequest, 'lists' | 'port'>, follower: Follower): Promise<unknown> {
    const { signal } = follower;
    signal.throwIfAborted();
    const live = (this.#live ??= startWorker(this.#spawn, (ended) => {
      if (this.#live === ended) this.#live = undefined;
    }));
    const settled = new AbortController();
    const { port1: port, port2 } = new MessageChannel();
    const send = (message: MessageToCall): void => port.postMessage(message);
    live.awaited.add(port);
    try {
      const work = new Promise<Outcome<unknown>>((resolve) => {
        port.onmessage = ({ data }: MessageEvent<MessageFromCall>) => {
          if (data.kind === 'settled') resolve(data.outcome);
          else if (data.kind === 'observations') follower.onObservations?.(data.observations);
          else follower.onProgress?.(data.progress);
        };
      });
      const { arrive, ...sent } = live.lists.sendAhead(request.given);
      if (arrive !== null) await live.ended.before(arrive, rejectedOn(signal, settled.signal));
      live.worker.postMessage({ ...request, ...sent, port: port2 } satisfies CallRequest, [port2]);
      follower.onStart?.({
        pause: (paused) => send({ kind: 'pause', paused }),
        tell: (message) => send({ kind: 'message', message }),
      });
      const outcome = await live.ended.before(work, askThenEnd(live, port, signal, settled.signal));
      signal.throwIfAborted();
      return valueOf(outcome);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      live.awaited.delete(port);
      settled.abort();
      port.close();
    }
  }

  /** Ends the worker now; calls in flight reject. The next call starts a fresh one. */
  end(): void {
    this.#live?.end(workerEnded('The worker was ended.'));
  }
}

/** Never resolves. `settled` calls it off. */
function rejectedOn(signal: AbortSignal, settled: AbortSignal): Promise<never> {
  return new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true, signal: settled }),
  );
}

/**
 * Never resolves. Once `signal` is aborted: asks, waits `graceMs`, and ends the worker, or rejects if other calls need
 * it. `settled` calls all of that off.
 */
function askThenEnd(live: LiveWorker, port: MessagePort, signal: AbortSignal, settled: AbortSignal): Promise<never> {
  return new Promise<never>((_, reject) => {
    const ask = () => {
      live.awaited.delete(port);
      port.postMessage({ kind: 'cancel' } satisfies MessageToCall);
      const timer = setTimeout(() => {
        if (live.awaited.size > 0) reject(signal.reason as Error);
        else live.end(workerEnded('The worker was ended: a job did not stop.'));
      }, graceMs);
      settled.addEventListener('abort', () => clearTimeout(timer), { once: true });
    };
    signal.addEventListener('abort', ask, { once: true, signal: settled });
  });
}

function startWorker(spawn: () => Worker, onEnd: (ended: LiveWorker) => void): LiveWorker {
  const worker = spawn();
  const ended = new LastingEnd();
  const watching = new AbortController();
  let served: ServedWorker | undefined;
  const live: LiveWorker = {
    worker,
    ended,
    awaited: new Set(),
    lists: new LongLists(worker),
    end(reason) {
      onEnd(live);
      watching.abort();
      worker.terminate();
      served?.end();
      ended.end(reason);
    },
  };
  worker.addEventListener('error', (event) => {
    live.end(workerEnded(event.message || 'The worker could not be started. Reload the page and try again.'));
  });
  worker.addEventListener('messageerror', () => {
    live.end(workerEnded('A message from the worker could not be read. Reload the page and try again.'));
  });
  const listen = ({ data }: MessageEvent<LifeMessage | LinkMessage>): void => {
    if ('lock' in data) {
      const died = workerEnded('The browser stopped this job, probably out of memory. Try again.');
      return watchLife(data, watching.signal, () => live.end(died));
    }
    served = serveWorker(
      data.page,
      () => live.awaited.size > 0,
      () => live.end(workerEnded('This job did not respond for 12 seconds and was ended. Start it again.')),
    );
  };
  worker.addEventListener('message', listen);
  return live;
}
