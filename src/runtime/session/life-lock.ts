/**
 * Shows the page that a worker is gone. A browser ends a worker that takes too much memory without an event, but the
 * lock of the worker is free again.
 */

/** The first message of a worker. */
export interface LifeMessage {
  /** The name of the lock that it holds for as long as it lives; `null` if this page has no locks. */
  readonly lock: string | null;
  /** The way on which it asks things of the page; absent for the worker of a session. */
  readonly page?: MessagePort;
}

/** Holds the lock. The worker itself calls it once. */
export function holdLifeLock(page?: MessagePort): void {
  const tell = (lock: string | null): void => {
    const message: LifeMessage = { lock, ...(page && { page }) };
    self.postMessage(message, { transfer: page ? [page] : [] });
  };
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
