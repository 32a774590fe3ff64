/** The page's side of `runtime/session/page-link.ts`: what a worker asks of the page that started it. */
import type { LifeMessage } from '../session/life-lock';
import type { MessageFromPage, MessageToPage } from '../session/page-link';
import type { SessionStart, ThreadRequest, ThreadStart } from '../session/session-entry';

/** A worker that does not answer so many beats in a row is blocked: after 12 to 14 seconds. */
const mostMissedBeats = 6;
const beatMs = 2_000;

const lockName = 'pareto-benchmark';

export interface ServedWorker {
  /** Ends the sessions of the worker, and gives back what it holds. */
  end(): void;
}

/**
 * Serves a worker through the port that it sent. @param isAwaited true while a call of the worker is in flight, which it
 * has to answer beats for. @param onBlocked called once, for a worker that does not.
 */
export function serveWorker(port: MessagePort, isAwaited: () => boolean, onBlocked: () => void): ServedWorker {
  const ends = new Map<number, () => void>();
  const send = (message: MessageFromPage): void => port.postMessage(message);
  let missed = 0;
  const beating = setInterval(() => {
    if (!isAwaited()) missed = 0;
    else if (missed === mostMissedBeats) onBlocked();
    else {
      missed += 1;
      send({ kind: 'beat' });
    }
  }, beatMs);
  port.onmessage = ({ data }: MessageEvent<MessageToPage>) => {
    if (data.kind === 'beat') {
      missed = 0;
      return;
    }
    const { id } = data;
    const failed = (message: string): void => send({ kind: 'failed', id, message });
    if (data.kind === 'start') ends.set(id, startSession(data.port, failed));
    else if (data.kind === 'lock')
      ends.set(
        id,
        holdMeasurementLock(() => send({ kind: 'locked', id })),
      );
    else {
      ends.get(id)?.();
      ends.delete(id);
    }
  };
  return {
    end() {
      clearInterval(beating);
      for (const end of ends.values()) end();
      ends.clear();
      port.close();
    },
  };
}

/** Starts the worker of a session. Returns the way to end it. */
export function startSession(
  port: MessagePort,
  onFailure: (message: string) => void,
  spawn = () => new Worker(new URL('../../../workers/session.ts', import.meta.url), { type: 'module' }),
): () => void {
  const worker = spawn();
  const threads = new Map<number, Worker>();
  const ended = new AbortController();
  worker.postMessage({ port } satisfies SessionStart, [port]);
  worker.addEventListener('message', ({ data }: MessageEvent<LifeMessage | ThreadRequest>) => {
    if ('lock' in data) {
      const died = 'the browser stopped it, probably out of memory. Close other tabs and try again.';
      watchLife(data, ended.signal, () => onFailure(died));
    } else if (data.kind === 'start-thread') threads.set(data.id, startThread(data.start, onFailure));
    else {
      threads.get(data.id)?.terminate();
      threads.delete(data.id);
    }
  });
  followFailures(worker, onFailure);
  return () => {
    ended.abort();
    worker.terminate();
    for (const thread of threads.values()) thread.terminate();
  };
}

function startThread(start: ThreadStart, onFailure: (message: string) => void): Worker {
  const { name, port } = start;
  const thread = new Worker(new URL('../../../workers/thread.ts', import.meta.url), { type: 'module', name });
  thread.postMessage(start, [port]);
  followFailures(thread, onFailure);
  return thread;
}

function followFailures(worker: Worker, onFailure: (message: string) => void): void {
  worker.addEventListener('error', (event) => onFailure(event.message || 'it could not start.'));
  worker.addEventListener('messageerror', () => onFailure('a message could not be read.'));
}

/** @param signal aborted when the worker is ended on purpose, which is not reported. */
export function watchLife({ lock }: LifeMessage, signal: AbortSignal, onDeath: () => void): void {
  if (lock !== null) navigator.locks.request(lock, { signal }, onDeath).catch(() => undefined);
}

/** The end of the line of those who wait in this page, which is all there is without locks. */
let lastInPage: Promise<void> = Promise.resolve();

/** Waits for the lock, and holds it until the returned function is called. */
function holdMeasurementLock(onHeld: () => void): () => void {
  const released = new AbortController();
  const { signal } = released;
  const hold = async (): Promise<void> => {
    if (signal.aborted) return;
    onHeld();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  };
  const inPage = (): void => void (lastInPage = lastInPage.then(hold));
  // Browsers that block the storage of the page block its locks too.
  if ('locks' in navigator) navigator.locks.request(lockName, { signal }, hold).catch(inPage);
  else inPage();
  return () => released.abort();
}
