/**
 * What a worker asks of the page that started it: workers for its sessions, and the lock of measurements. No worker
 * starts a worker, because `new Worker` in a worker sometimes never returns in Firefox. The page holds the lock, because
 * a blocked worker would keep it.
 */
import { ParetoError } from '../../engine/errors';
import { holdLifeLock } from './life-lock';
import type { SessionWorker } from './live-worker';

/** `id` numbers the requests of one worker. */
export type MessageToPage =
  /** Start a worker for a session, which is called through the port. */
  | { readonly kind: 'start'; readonly id: number; readonly port: MessagePort }
  /** End that worker, with its threads. */
  | { readonly kind: 'end'; readonly id: number }
  | { readonly kind: 'lock'; readonly id: number }
  /** Give the lock back, or wait for it no longer. */
  | { readonly kind: 'unlock'; readonly id: number }
  | { readonly kind: 'beat' };

export type MessageFromPage =
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  | { readonly kind: 'locked'; readonly id: number }
  /** Is answered by the same: a worker that does not answer is blocked. */
  | { readonly kind: 'beat' };

class PageLink {
  readonly #port: MessagePort;
  readonly #listeners = new Map<number, (message: MessageFromPage) => void>();
  #last = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<MessageFromPage>) => {
      if (data.kind === 'beat') this.#send(data);
      else this.#listeners.get(data.id)?.(data);
    };
  }

  startSession(): SessionWorker {
    const id = (this.#last += 1);
    const { port1: endpoint, port2: port } = new MessageChannel();
    this.#send({ kind: 'start', id, port }, [port]);
    return {
      endpoint,
      terminate: () => {
        this.#listeners.delete(id);
        this.#send({ kind: 'end', id });
        endpoint.close();
      },
      onFailure: (listener) => {
        this.#listeners.set(id, (message) => message.kind === 'failed' && listener(message.message));
      },
    };
  }

  async withLock<Value>(signal: AbortSignal, job: () => Promise<Value>): Promise<Value> {
    signal.throwIfAborted();
    const id = (this.#last += 1);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#listeners.set(id, () => resolve());
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        this.#send({ kind: 'lock', id });
      });
      return await job();
    } finally {
      this.#listeners.delete(id);
      this.#send({ kind: 'unlock', id });
    }
  }

  #send(message: MessageToPage, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

let link: PageLink | undefined;

/** A first message of a worker: the way on which it asks things of the page. */
export interface LinkMessage {
  readonly page: MessagePort;
}

/** Links this worker to its page. It is called once, before anything is asked of the page. */
export function linkToPage(): void {
  const { port1, port2: page } = new MessageChannel();
  linkThrough(port1);
  self.postMessage({ page } satisfies LinkMessage, { transfer: [page] });
  holdLifeLock();
}

/** The same through a port whose other end the page has. */
export function linkThrough(port: MessagePort): void {
  link = new PageLink(port);
}

function linked(): PageLink {
  if (link === undefined) throw new ParetoError('runtime/no-page', 'This worker is not linked to a page.');
  return link;
}

/** A worker for one session. */
export function startSessionInPage(): SessionWorker {
  return linked().startSession();
}

/**
 * Runs a job when nothing else runs models in this browser: two tabs that measure at once would measure each other, and
 * so would an evaluation beside a benchmark. Rejects with the signal's reason when aborted before.
 */
export function withMeasurementLock<Value>(signal: AbortSignal, job: () => Promise<Value>): Promise<Value> {
  return linked().withLock(signal, job);
}
