/** Computes how many instances a load needs, and what no number of them changes. */
import { median, quantileOfSorted } from '../metrics/quantile';
import { summarizeServing } from './serving-result';
import { simulateServing, type ServingSetup } from './simulate';
import { runsOfBatch } from './text-lengths';

/** Requests that must be answered within the target, as a share of all. */
const servedShare = 0.95;

/** The page accepts no larger number of instances. */
export const mostInstances = 64;

/**
 * Simulates the load to find the fewest instances that answer 95 % of the requests within `targetMs`, and whose queue
 * does not grow. A rejected request is not answered. The number is doubled until it suffices, and then bisected. `null` if 64 are not enough, or if too few
 * requests arrive to decide. `checkpoint` is called between simulations.
 */
export async function neededInstances(
  setup: ServingSetup,
  targetMs: number,
  checkpoint: () => Promise<void>,
): Promise<number | null> {
  const isEnough = async (instances: number): Promise<boolean> => {
    await checkpoint();
    const tried = { ...setup, instances };
    const { saturation, answeredMs, withinTarget } = summarizeServing(tried, simulateServing(tried), targetMs);
    return !saturation.isUnstable && answeredMs.p95 !== null && withinTarget!.share >= servedShare;
  };
  let enough = 1;
  while (!(await isEnough(enough))) {
    enough *= 2;
    if (enough > mostInstances) return null;
  }
  let tooFew = enough / 2;
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (await isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/** The time in ms within which an idle server answers 95 % of requests. It includes the wait for others in a batch. */
export function idleAnswerMs({ service, policy, lengths, answerDelaysMs = [] }: ServingSetup): number {
  const runs = Float64Array.from(runsOfBatch(service, 1, lengths)).sort();
  const waitMs = policy.maxBatch > 1 ? policy.maxWaitMs : 0;
  const delayMs = answerDelaysMs.length === 0 ? 0 : median(answerDelaysMs);
  return waitMs + quantileOfSorted(runs, servedShare) + delayMs;
}
