/** Decides when waiting requests become a batch, in the same way in the simulator, the live lab and the server of a bundle. */

export interface BatchPolicy {
  /** Requests that are run together at most. */
  readonly maxBatch: number;
  /** The oldest request waits at most so long for others to join it; 0: whatever waits is sent at once. */
  readonly maxWaitMs: number;
  /** The most requests that wait; another one is rejected at once. Absent: no limit. */
  readonly maxQueue?: number;
  /**
   * The longest time from the scheduled arrival of a request to its answer. A request that would take longer is not started, and one that
   * would wait longer is not admitted. Absent: no limit.
   */
  readonly timeoutMs?: number;
}

export interface Waiting {
  readonly count: number;
  /** The time of arrival of the oldest of them. */
  readonly oldestMs: number;
  /** The latest start of the oldest, with the others, so that it is answered in time. Absent: no limit. */
  readonly latestStartMs?: number;
}

export type BatchDecision =
  /** Starts a batch of this many requests. */
  | { readonly send: number }
  /** Starts nothing until this time. `null`: nothing until the next event. */
  | { readonly waitUntilMs: number | null };

/**
 * Decides about the waiting requests while `freeInstances` instances could run a batch. The rule is that of Triton's
 * dynamic batcher without preferred sizes (server/src/dynamic_batch_scheduler.cc). A full batch starts at once. A
 * smaller one starts if its oldest request has waited long enough. Nothing starts while no instance is free, so a batch
 * may grow until then.
 */
export function decideBatch(
  { count, oldestMs, latestStartMs = Number.POSITIVE_INFINITY }: Waiting,
  freeInstances: number,
  nowMs: number,
  { maxBatch, maxWaitMs }: BatchPolicy,
): BatchDecision {
  if (count === 0 || freeInstances === 0) return { waitUntilMs: null };
  const dueMs = Math.min(oldestMs + maxWaitMs, latestStartMs);
  if (count >= maxBatch || nowMs >= dueMs) return { send: Math.min(count, maxBatch) };
  return { waitUntilMs: dueMs };
}

/**
 * Returns the places in the queue of the requests to run together. Sizes are this size, a half, a quarter …, and the
 * chosen one serves the most requests in time per second. Returns the first request alone if none would be in time.
 */
export function chooseInTime(
  size: number,
  count: number,
  deadlineMs: (place: number) => number,
  { nowMs, expectedMs }: { readonly nowMs: number; readonly expectedMs: (size: number) => number },
): readonly number[] {
  let [best, most]: [readonly number[], number] = [[0], 0];
  for (let tried = size; tried >= 1; tried >>= 1) {
    const latestMs = nowMs + expectedMs(tried);
    const able: number[] = [];
    for (let place = 0; place < count && able.length < tried; place++) {
      if (deadlineMs(place) >= latestMs) able.push(place);
    }
    const served = able.length === 0 ? 0 : able.length / Math.max(1e-6, expectedMs(able.length));
    // Rounding decides no tie: the larger batch runs.
    if (served > most * (1 + 1e-9)) [best, most] = [able, served];
  }
  return best;
}
