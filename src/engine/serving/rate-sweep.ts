/** Computes latency by arrival rate: the rate up to which a server keeps up, and the latency near that rate. */
import { summarizeServing } from './serving-result';
import { simulateServing, type ServingSetup } from './simulate';
import { runsOfBatch } from './text-lengths';

export interface RatePoint {
  readonly perSecond: number;
  readonly shareOfCapacity: number;
  /**
   * Latency from the scheduled arrival of a request to its answer; `null` if the queue grows, because percentiles then depend on the
   * duration.
   */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly isUnstable: boolean;
  /** Requests a second that the queue grows by. */
  readonly growthPerSecond: number;
}

/** Shares of the capacity that are simulated, closest at the bend of the curve. */
export const sweptShares = [0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.3] as const;

/** The number of requests of each point. p99 needs 299, and a queue near its limit needs many more to show that it settles. */
const requestsOfPoint = 5_000;

/**
 * Returns the requests per second that are served while every batch is full: instances × largest batch ÷ its mean time.
 * A cache that answers `hitRate` of them raises the number accordingly.
 */
export function capacityPerSecond({ service, policy, instances, lengths }: ServingSetup, hitRate = 0): number {
  const runs = runsOfBatch(service, policy.maxBatch, lengths);
  const meanMs = runs.reduce((sum, ms) => sum + ms, 0) / runs.length;
  const perSecond = (instances * policy.maxBatch * 1000) / meanMs;
  return perSecond / Math.max(0.01, 1 - hitRate);
}

/** One point: 5,000 independent requests at this rate, whatever the arrivals and the duration of `setup`. */
export function simulateRate(setup: ServingSetup, perSecond: number, capacity: number): RatePoint {
  const atRate: ServingSetup = {
    ...setup,
    arrivals: { kind: 'poisson', perSecond },
    durationS: requestsOfPoint / perSecond,
  };
  const { answeredMs, saturation } = summarizeServing(atRate, simulateServing(atRate));
  const { isUnstable, growthPerSecond } = saturation;
  return {
    perSecond,
    shareOfCapacity: perSecond / capacity,
    p50Ms: isUnstable ? null : answeredMs.p50,
    p95Ms: isUnstable ? null : answeredMs.p95,
    isUnstable,
    growthPerSecond,
  };
}
