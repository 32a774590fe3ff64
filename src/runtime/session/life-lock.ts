/**
 * Detects that a worker is gone. A browser ends a worker that takes too much memory without an event, but the lock of
 * the worker is free again.
 */

/** The first message of a worker: the name of the lock that it holds for as long as it lives. */
export interface LifeMessage {
  readonly lock: string;
}

/** Holds the lock. The worker itself calls it once. */
export function holdLifeLock(): void {
  const lock = `pareto.worker.${crypto.randomUUID()}`;
  void navigator.locks.request(lock, () => {
    self.postMessage({ lock } satisfies LifeMessage);
    return new Promise<never>(() => undefined);
  });
}

/**
 * Watches the lock on the side that started the worker. @param signal aborted when the worker is ended on purpose,
 * which is not reported.
 */
export function watchLife(worker: Worker, signal: AbortSignal, onDeath: () => void): void {
  const watch = ({ data }: MessageEvent<Partial<LifeMessage>>): void => {
    if (typeof data?.lock !== 'string') return;
    worker.removeEventListener('message', watch);
    // Rejects when the worker was ended on purpose.
    navigator.locks.request(data.lock, { signal }, onDeath).catch(() => undefined);
  };
  worker.addEventListener('message', watch, { signal });
}
