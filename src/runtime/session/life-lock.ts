/**
 * Shows the page that a worker is gone. A browser ends a worker that takes too much memory without an event, but the
 * lock of the worker is free again.
 */

/** A first message of a worker. */
export interface LifeMessage {
  /** The name of the lock that it holds for as long as it lives; `null` if this page has no locks. */
  readonly lock: string | null;
}

/** Holds the lock. The worker itself calls it once. In WebKit, a busy worker gets it minutes later. */
export function holdLifeLock(): void {
  const tell = (lock: string | null): void => self.postMessage({ lock } satisfies LifeMessage);
  // Pages of other machines without TLS have none.
  if (!('locks' in navigator)) return tell(null);
  const lock = `pareto.worker.${crypto.randomUUID()}`;
  navigator.locks
    .request(lock, () => {
      tell(lock);
      return new Promise<never>(() => undefined);
    })
    .catch(() => tell(null));
}
