/** Computes how many instances a load needs. */
import { summarizeServing } from './serving-result';
import { simulateServing, type ServingSetup } from './simulate';

/** The page accepts no larger number of instances. */
export const mostInstances = 64;

/**
 * Simulates the load to find the fewest instances with which 95 % of the answers take at most `targetMs` and the queue
 * does not grow. The number is doubled until it suffices, and then bisected. `null` if 64 are not enough, or if too few
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
    const { saturation, answeredMs } = summarizeServing(tried, simulateServing(tried));
    return !saturation.isUnstable && answeredMs.p95 !== null && answeredMs.p95 <= targetMs;
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
