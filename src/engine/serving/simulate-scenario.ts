/** Standard scenarios on a simulated server: the load of each, and its result by the rules of `load-scenarios.ts`. */
import type { RequestTrace, RunTrace } from './dispatcher';
import {
  leastDurationS,
  leastOfflineSamples,
  resultOfScenario,
  samplesPerQueryOf,
  type ScenarioName,
  type ScenarioResult,
} from './load-scenarios';
import { mostRequests, type Arrivals } from './arrivals';
import { capacityPerSecond } from './rate-sweep';
import { simulateLongServing, type ServingSetup } from './simulate';

/** Arrivals are those of the scenario. A duration under 600 s gives a result that is not valid. */
export type ScenarioSetup = Omit<ServingSetup, 'arrivals'>;

export interface SimulatedScenario {
  readonly result: ScenarioResult;
  readonly setup: ServingSetup;
  readonly trace: RunTrace;
}

/**
 * Runs a scenario. The server scenario finds the highest rate at which the run meets the target.
 * `targetMs` counts for that scenario alone. `checkpoint` is called on the way.
 */
export async function simulateScenario(
  scenario: ScenarioName,
  setup: ScenarioSetup,
  targetMs: number,
  checkpoint: () => Promise<void>,
): Promise<SimulatedScenario> {
  const simulated = async (arrivals: Arrivals, durationS: number): Promise<SimulatedScenario> => {
    const whole = { ...setup, arrivals, durationS };
    const trace = await simulateLongServing(whole, checkpoint);
    return { result: resultOfTrace(scenario, whole, trace, targetMs), setup: whole, trace };
  };
  if (scenario === 'server') return highestRate(setup, simulated);
  if (scenario === 'offline') return simulated(allAtOnce(setup), setup.durationS);
  const requestsAtOnce = samplesPerQueryOf(scenario);
  const mostPerSecond = Math.max(capacityOf(setup), capacityOf({ ...setup, policy: { ...setup.policy, maxBatch: 1 } }));
  const durationS = Math.min(setup.durationS, (0.5 * mostRequests) / mostPerSecond);
  return simulated({ kind: 'stream', requestsAtOnce }, durationS);
}

function capacityOf(setup: ScenarioSetup): number {
  return capacityPerSecond({ ...setup, arrivals: { kind: 'replay', requests: [] } });
}

/** Sends as many requests as the server can answer in the duration; at least 24,576 if the duration is that of a valid run. */
function allAtOnce(setup: ScenarioSetup): Arrivals {
  const capacity = capacityOf(setup);
  const least = setup.durationS < leastDurationS ? 1 : leastOfflineSamples;
  const count = Math.min(mostRequests, Math.max(least, Math.ceil(1.05 * capacity * setup.durationS)));
  return { kind: 'replay', requests: Array.from({ length: count }, (_, input) => ({ atMs: 0, input })) };
}

/** Halvings of the range of rates: the last one changes the rate by 0.1 % of the capacity. */
const halvings = 10;
/** More requests do not change whether a rate is held. */
const mostRequestsOfTry = 10_000;

async function highestRate(
  setup: ScenarioSetup,
  simulated: (arrivals: Arrivals, durationS: number) => Promise<SimulatedScenario>,
): Promise<SimulatedScenario> {
  const capacity = capacityOf(setup);
  const at = (perSecond: number, most: number): Promise<SimulatedScenario> =>
    simulated({ kind: 'poisson', perSecond }, Math.min(setup.durationS, most / perSecond));
  let [held, tooHigh] = [0, capacity];
  for (let step = 0; step < halvings; step++) {
    const middle = (held + tooHigh) / 2;
    const { result } = await at(middle, mostRequestsOfTry);
    if (result.metric.value === null) tooHigh = middle;
    else held = middle;
  }
  // A long run may miss the target that a short one met by chance.
  for (let perSecond = held; perSecond > 0.5 * held; perSecond *= 0.97) {
    const found = await at(perSecond, 0.9 * mostRequests);
    if (found.result.metric.value !== null) return found;
  }
  return at(Math.max(held, capacity / 2 ** halvings), mostRequestsOfTry);
}

function resultOfTrace(
  scenario: ScenarioName,
  { durationS, arrivals }: ServingSetup,
  { requests }: RunTrace,
  targetMs: number,
): ScenarioResult {
  const queries = scenario === 'multi-stream' ? byQuery(requests) : requests.map((request) => [request]);
  const answered = queries.filter((samples) => samples.every(({ end }) => end === 'served' || end === 'cached'));
  const endedMs = requests.reduce((latest, request) => Math.max(latest, request.endedMs), 0);
  return resultOfScenario({
    ...{ scenario, targetMs, lateMs: 0 },
    latenciesMs: answered.map(latencyMs),
    failed: queries.length - answered.length,
    // No request is scheduled after the start of an offline run.
    durationS: arrivals.kind === 'replay' ? endedMs / 1000 : durationS,
  });
}

/** Samples of a query come at the same time, and no other query comes then. */
function byQuery(requests: readonly RequestTrace[]): readonly (readonly RequestTrace[])[] {
  const queries = new Map<number, RequestTrace[]>();
  for (const request of requests) {
    const known = queries.get(request.scheduledMs);
    if (known === undefined) queries.set(request.scheduledMs, [request]);
    else known.push(request);
  }
  return [...queries.values()];
}

function latencyMs(samples: readonly RequestTrace[]): number {
  return Math.max(...samples.map(({ scheduledMs, endedMs }) => endedMs - scheduledMs));
}
