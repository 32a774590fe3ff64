/** Two tabs that measure at once would measure each other, and so would an evaluation beside a benchmark. */
const lockName = 'pareto-benchmark';

/** Runs a job when nothing else runs models in this browser. Rejects with the signal's reason when aborted before. */
export function withMeasurementLock<Value>(signal: AbortSignal, job: () => Promise<Value>): Promise<Value> {
  return navigator.locks.request(lockName, { signal }, job) as Promise<Value>;
}
