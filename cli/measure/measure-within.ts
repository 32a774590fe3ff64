/** Measurements that share a limit of wall-clock time. */

/** One measurement. It ends softly after `longestMs`, and at once when the signal is aborted. */
export interface TimedPart<Found> {
  readonly measure: (signal: AbortSignal, longestMs: number) => Promise<Found>;
  /** The words for the figures that are missing if it was aborted. */
  readonly missing: () => string;
  /** The figures that were found before it was aborted. */
  readonly partial?: () => Found;
}

/** A timer may fire this much early. */
const timerStepMs = 1;

export interface FoundInTime<Found> {
  readonly found: readonly Found[];
  readonly notMeasured: readonly string[];
}

/**
 * Measures the parts one after the other in `partMs` for each. Parts that take less than their share leave the rest to later
 * ones. When the time of all is over, the running part is aborted, and later ones do not start. Rejects as the parts do,
 * and with the signal's reason once aborted.
 */
export async function measureWithin<Found>(
  signal: AbortSignal,
  parts: readonly TimedPart<Found>[],
  partMs: number,
): Promise<FoundInTime<Found>> {
  const endMs = performance.now() + partMs * parts.length;
  const found: Found[] = [];
  const notMeasured: string[] = [];
  for (const [index, { measure, missing, partial }] of parts.entries()) {
    const leftMs = endMs - performance.now();
    if (leftMs <= timerStepMs) {
      notMeasured.push(missing());
      continue;
    }
    const isOver = AbortSignal.timeout(Math.ceil(leftMs));
    try {
      found.push(await measure(AbortSignal.any([signal, isOver]), Math.min(partMs, leftMs / (parts.length - index))));
    } catch (error) {
      signal.throwIfAborted();
      if (!isOver.aborted) throw error;
      notMeasured.push(missing());
      if (partial) found.push(partial());
    }
  }
  return { found, notMeasured };
}
