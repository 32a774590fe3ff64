import { isIdle, isMeasuring, jobStore, type JobState } from './job-store';

/**
 * Work that nobody waits for: it runs while no job does, because it would take time from a job. A job that starts ends it;
 * it starts anew after. Rejects with the signal's reason, or as the work does.
 */
export function whileIdle<Value>(signal: AbortSignal, work: Work<Value>): Promise<Value> {
  return whileAllowed(isIdle, signal, work);
}

/** The same for looking at a model: it goes on beside jobs, and only a clock that runs makes it wait. */
export function whileNothingMeasures<Value>(signal: AbortSignal, work: Work<Value>): Promise<Value> {
  return whileAllowed((state) => !isMeasuring(state), signal, work);
}

type Work<Value> = (attempt: AbortSignal) => Promise<Value>;

function whileAllowed<Value>(
  isAllowed: (state: JobState) => boolean,
  signal: AbortSignal,
  work: Work<Value>,
): Promise<Value> {
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
      const allowed = isAllowed(jobStore.getState());
      if (allowed && attempt === null) start();
      if (!allowed) giveWay(new DOMException('A job comes first.', 'AbortError'));
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
