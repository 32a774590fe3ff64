import type { PassContext } from '../pass';
import type { WorkMeter } from './quantize-weight';

/** Longest stretch of work without giving the host a chance to deliver a cancel. */
const LONGEST_STRETCH_MS = 24;

export interface ProgressMeter extends WorkMeter {
  /** Bytes of work to come. Called once, before the first `advance`. */
  setTotal(weightBytes: number): void;
  /** Reports everything as done. */
  finish(): void;
}

/** Reports progress by bytes of float weights and calls `checkpoint` every few milliseconds of work. */
export function createWorkMeter(context: PassContext): ProgressMeter {
  let total = 0;
  let done = 0;
  let lastCheckpoint = Date.now();
  const report = (): void => context.progress({ stage: 'Quantizing weights', done, total });
  return {
    setTotal(weightBytes) {
      total = weightBytes;
    },
    async advance(weightBytes) {
      // A weight that is needed in two forms is gone through again: stay below the end until the end.
      done = Math.min(done + weightBytes, total);
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
