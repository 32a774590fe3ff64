import type { PassContext } from './pass';

/** Receives the amount of finished work, and waits at intervals so that a cancellation gets through. */
export interface WorkMeter {
  advance(amount: number): Promise<void>;
}

/** Longest stretch of work without giving the host a chance to deliver a cancel. */
const LONGEST_STRETCH_MS = 24;

export interface ProgressMeter extends WorkMeter {
  /** Work to come, in the unit of `advance`. Called once, before the first `advance`. */
  start(total: number): void;
  /** Reports everything as done. */
  finish(): void;
}

/** Reports progress of one stage, and calls `checkpoint`, every few milliseconds of work. */
export function createWorkMeter(context: PassContext, stage: string): ProgressMeter {
  let total = 1;
  let done = 0;
  let lastCheckpoint = -Infinity;
  const report = (): void => context.progress({ stage, done, total });
  return {
    start(amount) {
      // A whole of nothing has no share that is done.
      total = Math.max(1, amount);
      report();
    },
    async advance(amount) {
      // Work that is done more often than planned counts once, so the meter stays below the end until the end.
      done = Math.min(done + amount, total);
      if (Date.now() - lastCheckpoint < LONGEST_STRETCH_MS) return;
      if (done < total) report();
      await context.checkpoint();
      lastCheckpoint = Date.now();
    },
    finish() {
      done = total;
      report();
    },
  };
}
