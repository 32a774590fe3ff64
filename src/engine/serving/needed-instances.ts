/** Computes how many instances a load needs, and what no number of them changes. */
import { summarizeServing, type ServingResult } from './serving-result';
import { simulateServing, type ServingSetup } from './simulate';

/** Requests that must be answered within the target, as a share of all. */
const servedShare = 0.95;

/** The page accepts no larger number of instances. */
export const mostInstances = 64;

/** Instances that are busy for a smaller share of the time keep hardly any request waiting. */
const mostlyIdle = 0.5;

export interface InstancesNeed {
  /** `null`: not even the most are enough. */
  readonly needed: number | null;
  /** The p95 of the most instances, if they are mostly idle: no number of them answers sooner. Else `null`. */
  readonly idleAnswerMs: number | null;
}

/**
 * Simulates the load to find the fewest instances that answer 95 % of the requests within `targetMs`, and whose queue
 * does not grow. A rejected request is not answered. The number is doubled until it suffices, and then bisected. None
 * suffices if 64 are not enough, or if too few requests arrive to decide. `checkpoint` is called between simulations.
 */
export async function neededInstances(
  setup: ServingSetup,
  targetMs: number,
  checkpoint: () => Promise<void>,
): Promise<InstancesNeed> {
  const simulate = async (instances: number): Promise<ServingResult> => {
    await checkpoint();
    const tried = { ...setup, instances };
    return summarizeServing(tried, simulateServing(tried), targetMs);
  };
  const isEnough = ({ saturation, answeredMs, withinTarget }: ServingResult): boolean =>
    !saturation.isUnstable && answeredMs.p95 !== null && withinTarget!.share >= servedShare;
  let enough = 1;
  for (let result = await simulate(enough); !isEnough(result); result = await simulate(enough)) {
    if (enough === mostInstances) {
      const isIdle = !result.saturation.isUnstable && result.utilization < mostlyIdle;
      return { needed: null, idleAnswerMs: isIdle ? result.answeredMs.p95 : null };
    }
    enough *= 2;
  }
  let tooFew = enough / 2;
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isEnough(await simulate(middle))) enough = middle;
    else tooFew = middle;
  }
  return { needed: enough, idleAnswerMs: null };
}
