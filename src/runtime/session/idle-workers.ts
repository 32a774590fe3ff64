/** Workers whose session is closed, waiting for another: to start the runtime takes as long as hundreds of runs of a small model. */
import { sessionClosed, type LiveWorker } from './live-worker';
import type { SessionSpec } from './session-spec';

/** The settings that the runtime in a worker was started with. */
export type RuntimeSpec = Pick<SessionSpec, 'ep' | 'threads' | 'profile'>;

/** The heap of a runtime never shrinks: one that a session has made large is not kept. */
const mostHeapBytes = 256_000_000;
/** The number of workers that one evaluation opens. */
const mostWorkers = 8;

/**
 * Idle workers for work that opens many sessions of small models and times none of them. A worker has one session at a
 * time. A worker ends if anything in it failed, if it has grown beyond the bounds, or if it may not be shared. The
 * creator ends this object.
 */
export class IdleWorkers {
  readonly #idle: { readonly worker: LiveWorker; readonly key: string }[] = [];
  #isEnded = false;

  /** A worker in which the runtime for the session has started; `undefined` if none waits. */
  take(spec: RuntimeSpec): LiveWorker | undefined {
    const key = keyOf(spec);
    const place = this.#idle.findLastIndex((each) => each.key === key && each.worker.isSound);
    return this.#idle.splice(place, place < 0 ? 0 : 1)[0]?.worker;
  }

  /** Frees the memory of its session and lets it wait, or ends it. */
  async keep(worker: LiveWorker, spec: RuntimeSpec): Promise<void> {
    const key = keyOf(spec);
    if (key === null || !(await isReusable(worker)) || this.#isEnded) return worker.end(sessionClosed());
    this.#idle.push({ worker, key });
    if (this.#idle.length > mostWorkers) this.#idle.shift()!.worker.end(sessionClosed());
  }

  end(): void {
    this.#isEnded = true;
    for (const { worker } of this.#idle.splice(0)) worker.end(sessionClosed());
  }
}

/** `null`: its worker is of no use to another session. The number of threads is fixed when the runtime starts. */
function keyOf({ ep, threads, profile }: RuntimeSpec): string | null {
  return ep === 'wasm' && !profile ? String(threads) : null;
}

async function isReusable(worker: LiveWorker): Promise<boolean> {
  if (!worker.isSound) return false;
  try {
    const heapBytes = await worker.call((api) => api.release());
    return heapBytes !== null && heapBytes <= mostHeapBytes;
  } catch {
    return false;
  }
}
