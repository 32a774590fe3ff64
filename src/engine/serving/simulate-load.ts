/** A server at the load that was asked for, and at ten other rates: everything that the serving lab shows. */
import { capacityPerSecond, simulateRate, sweptShares, type RatePoint } from './rate-sweep';
import { measuredServiceTimes, type BatchTimes } from './service-times';
import { summarizeServing, type ServingResult } from './serving-result';
import { simulateServing, type ServingSetup } from './simulate';

export interface LoadRequest extends Omit<ServingSetup, 'service'> {
  /** At least one batch size with at least one run. */
  readonly times: readonly BatchTimes[];
  /** What an answer may take, in ms. */
  readonly targetMs: number;
}

export interface SimulatedLoad {
  readonly result: ServingResult;
  /** Requests a second that are served while every batch is full, with what the cache answers. */
  readonly capacityPerSecond: number;
  /** The same settings at other rates of independent requests, from a tenth of the capacity to beyond it. */
  readonly rates: readonly RatePoint[];
}

/** Throws `serving/requests` where the load would be more than can be simulated. `checkpoint` is called between points. */
export async function simulateLoad(
  { times, targetMs, ...asked }: LoadRequest,
  checkpoint: () => Promise<void>,
): Promise<SimulatedLoad> {
  const setup = { ...asked, service: measuredServiceTimes(times) };
  const result = summarizeServing(setup, simulateServing(setup), targetMs);
  const capacity = capacityPerSecond(setup, result.cache?.hitRate);
  const rates: RatePoint[] = [];
  for (const share of sweptShares) {
    await checkpoint();
    rates.push(simulateRate(setup, share * capacity, capacity));
  }
  return { result, capacityPerSecond: capacity, rates };
}
