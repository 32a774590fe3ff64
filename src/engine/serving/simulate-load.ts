/** A server at the load that was asked for, and at ten other rates: everything that the serving lab shows. */
import { followsAnswers } from './arrivals';
import { neededInstances, type InstancesNeed } from './needed-instances';
import { queueCurve, type QueuePoint } from './queue-curve';
import { capacityPerSecond, simulateRate, sweptShares, type RatePoint } from './rate-sweep';
import { summarizeServing, requestsFor, type ServingResult } from './serving-result';
import { simulateLongServing, type ServingSetup } from './simulate';
import { serviceTimesOf, type ServedTimes } from './text-lengths';

/** At least one batch size with at least one run. `texts` and `lengths` come together. */
export interface LoadRequest extends Omit<ServingSetup, 'service'>, ServedTimes {
  /** The latency target in ms. */
  readonly targetMs: number;
}

export interface SimulatedLoad {
  readonly result: ServingResult;
  /** Requests a second that are served while every batch is full, with what the cache answers. */
  readonly capacityPerSecond: number;
  /** The same settings at other rates of independent requests, from a tenth of the capacity to beyond it. */
  readonly rates: readonly RatePoint[];
  readonly queue: readonly QueuePoint[];
  /** The instances that the load needs. Absent for arrivals that follow the answers, and if too few requests come. */
  readonly need?: InstancesNeed;
}

const stretches = 120;
/** The most requests of the load that one simulation of the search for instances uses. The search runs about a dozen of them. */
const mostRequestsOfNeed = 20_000;

/** Throws as `RequestSource` does if the load is more than can be simulated. `checkpoint` is called on the way. */
export async function simulateLoad(
  { times, texts, targetMs, ...asked }: LoadRequest,
  checkpoint: () => Promise<void>,
): Promise<SimulatedLoad> {
  const setup = { ...asked, service: serviceTimesOf({ times, texts }) };
  const trace = await simulateLongServing(setup, checkpoint);
  const result = summarizeServing(setup, trace, targetMs);
  const capacity = capacityPerSecond(setup, result.cache?.hitRate);
  const rates: RatePoint[] = [];
  for (const share of sweptShares) {
    await checkpoint();
    rates.push(simulateRate(setup, share * capacity, capacity));
  }
  const need = await needFor(setup, result, targetMs, checkpoint);
  const queue = queueCurve(trace, setup.durationS * 1000, stretches);
  return { result, capacityPerSecond: capacity, rates, queue, ...(need && { need }) };
}

async function needFor(
  setup: ServingSetup,
  { offeredPerSecond }: ServingResult,
  targetMs: number,
  checkpoint: () => Promise<void>,
): Promise<SimulatedLoad['need']> {
  const durationS = Math.min(setup.durationS, mostRequestsOfNeed / offeredPerSecond);
  if (followsAnswers(setup.arrivals) || durationS * offeredPerSecond < requestsFor(0.95)) return undefined;
  return neededInstances({ ...setup, durationS }, targetMs, checkpoint);
}
