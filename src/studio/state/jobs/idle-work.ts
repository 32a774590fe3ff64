import { jobStore } from './job-store';

/**
 * Work that can wait: it runs while no job does, because it would take time from a job and disturb a measurement. A job
 * that starts ends it; it starts anew after. Rejects with the signal's reason, or as the work does.
 */
export function whileIdle<Value>(signal: AbortSignal, work: (attempt: AbortSignal) => Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    let attempt: AbortController | null = null;

    const start = (): void => {
      const own = new AbortController();
      attempt = own;
      const settle = (end: () => void): void => {
        if (attempt !== own) return;
        stop();
        end();
      };
      work(own.signal).then(
        (value) => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(error)),
      );
    };
    const giveWay = (reason: unknown): void => {
      const given = attempt;
      attempt = null;
      given?.abort(reason);
    };
    const follow = (): void => {
      const isIdle = jobStore.getState().job === null;
      if (isIdle && attempt === null) start();
      if (!isIdle) giveWay(new DOMException('A job comes first.', 'AbortError'));
    };
    const abort = (): void => {
      stop();
      giveWay(signal.reason);
      reject(signal.reason);
    };
    const unsubscribe = jobStore.subscribe(follow);
    const stop = (): void => {
      unsubscribe();
      signal.removeEventListener('abort', abort);
    };

    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort);
    follow();
  });
}
