/** Schedules of the learning rate. */

export interface ScheduleSettings {
  readonly kind: 'cosine' | 'constant';
  readonly learningRate: number;
  readonly steps: number;
}

const warmUpSteps = 20;

/**
 * Returns the learning rate of a step counted from 1. It rises linearly over the first 20 steps (a tenth of a short
 * run). Then it stays, or falls to zero along half a cosine (Loshchilov and Hutter 2017).
 */
export function learningRateAt({ kind, learningRate, steps }: ScheduleSettings, step: number): number {
  const warmUp = Math.min(warmUpSteps, Math.ceil(steps / 10));
  if (step <= warmUp) return (learningRate * step) / warmUp;
  if (kind === 'constant') return learningRate;
  const share = (step - warmUp) / Math.max(1, steps - warmUp);
  return (learningRate * (1 + Math.cos(Math.PI * share))) / 2;
}

const averageDecay = 0.995;

/** The share of the new weights in their moving average: large at first, so that the average leaves its start behind. */
export function averageShareAt(step: number): number {
  return 1 - Math.min(averageDecay, (1 + step) / (10 + step));
}
