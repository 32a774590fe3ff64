import type { Progress } from './progress';

/** Tells progress in whole percent that never goes back, whatever a stage reports. */
export function createPercentReporter(
  onProgress: (progress: Progress) => void,
): (stage: string, percent: number) => void {
  let highest = 0;
  return (stage, percent) => {
    highest = Math.max(highest, Math.floor(percent));
    onProgress({ stage, done: highest, total: 100 });
  };
}
