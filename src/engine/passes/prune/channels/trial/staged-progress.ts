import type { PassContext } from '../../../pass';

export interface StagedProgress {
  /** Reports the progress of a stage. Stages come in their order. */
  report(stage: string, done: number, total: number): void;
  finish(): void;
}

const steps = 1000;

/** One measure of progress over stages that take so many shares of the time each. */
export function stagedProgress(
  context: Pick<PassContext, 'progress'>,
  shares: Readonly<Record<string, number>>,
): StagedProgress {
  const stages = Object.entries(shares);
  const whole = stages.reduce((sum, [, share]) => sum + share, 0);
  let reached = 0;
  let current = stages[0]?.[0] ?? '';
  return {
    report(stage, done, total) {
      current = stage;
      const at = stages.findIndex(([name]) => name === stage);
      const before = stages.slice(0, at).reduce((sum, [, share]) => sum + share, 0);
      const share = (before + (stages[at]?.[1] ?? 0) * Math.min(1, done / Math.max(1, total))) / whole;
      // The end is for `finish`.
      reached = Math.max(reached, Math.min(steps - 1, Math.floor(share * steps)));
      context.progress({ stage, done: reached, total: steps });
    },
    finish: () => context.progress({ stage: current, done: steps, total: steps }),
  };
}
