/** The worker of a session, which the page starts. */
import { expose } from 'comlink';
import { browserRealm } from './browser-realm';
import { holdLifeLock } from './life-lock';
import { createSessionWorkerApi, type CompiledSessions } from './session-worker-api';

/** The first message to the worker of a session: the port that its calls come through. */
export interface SessionStart {
  readonly port: MessagePort;
}

/** Threads of the runtime in a session. The page starts and ends them, and their messages go through the port. */
export type ThreadRequest =
  | { readonly kind: 'start-thread'; readonly id: number; readonly start: ThreadStart }
  | { readonly kind: 'end-thread'; readonly id: number };

/** The first message to a thread. */
export interface ThreadStart {
  /** The runtime's own file. */
  readonly url: string;
  /** The runtime recognizes its threads by their name. */
  readonly name: string;
  readonly port: MessagePort;
}

export function answerSessionCalls(compiled: CompiledSessions): void {
  self.addEventListener(
    'message',
    ({ data }: MessageEvent<SessionStart>) => expose(createSessionWorkerApi(browserRealm, compiled), data.port),
    { once: true },
  );
  Object.assign(globalThis, { Worker: PageThread });
  holdLifeLock();
}

let lastThread = 0;

/** Stands for `Worker` where the runtime starts its threads: in Firefox, a worker that starts a worker may block for ever. */
class PageThread {
  readonly #id = (lastThread += 1);
  readonly #port: MessagePort;

  constructor(url: string | URL, { name = '' }: WorkerOptions = {}) {
    const { port1, port2: port } = new MessageChannel();
    this.#port = port1;
    request({ kind: 'start-thread', id: this.#id, start: { url: String(url), name, port } }, [port]);
  }

  set onmessage(listener: (event: MessageEvent) => void) {
    this.#port.onmessage = listener;
  }

  postMessage(message: unknown): void {
    this.#port.postMessage(message);
  }

  terminate(): void {
    this.#port.close();
    request({ kind: 'end-thread', id: this.#id });
  }
}

function request(message: ThreadRequest, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}
