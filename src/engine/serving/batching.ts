/** When requests that wait become a batch: the same decision in the simulator, the live lab and the server of a bundle. */

export interface BatchPolicy {
  /** Requests that are run together at most. */
  readonly maxBatch: number;
  /** The oldest request waits at most so long for others to join it; 0: whatever waits is sent at once. */
  readonly maxWaitMs: number;
  /** A request beyond so many that wait is rejected at once. Absent: none is. */
  readonly maxQueue?: number;
  /** A request that has waited so long is taken out, unanswered. Absent: none is. */
  readonly timeoutMs?: number;
}

export interface Waiting {
  readonly count: number;
  /** When the oldest of them came. */
  readonly oldestMs: number;
}

export type BatchDecision =
  /** So many of the oldest are run now. */
  | { readonly send: number }
  /** Nothing is to be done before this time, or before something happens (`null`). */
  | { readonly waitUntilMs: number | null };

/**
 * What to do with the requests that wait, while `freeInstances` could run a batch. As Triton's dynamic batcher without preferred
 * sizes (server/src/dynamic_batch_scheduler.cc): a full batch goes at once, others when the oldest has waited long enough; nothing
 * goes while no instance is free, so a batch may grow until then.
 */
export function decideBatch(
  { count, oldestMs }: Waiting,
  freeInstances: number,
  nowMs: number,
  { maxBatch, maxWaitMs }: BatchPolicy,
): BatchDecision {
  if (count === 0 || freeInstances === 0) return { waitUntilMs: null };
  const dueMs = oldestMs + maxWaitMs;
  if (count >= maxBatch || nowMs >= dueMs) return { send: Math.min(count, maxBatch) };
  return { waitUntilMs: dueMs };
}
