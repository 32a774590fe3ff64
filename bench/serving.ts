/**
 * Compares the serving simulator with queueing theory.
 *
 *     npx tsx bench/serving.ts [--write]
 */
import { parseArgs } from 'node:util';
import { formatNumber } from '../src/engine/format';
import { quantileOfSorted } from '../src/engine/metrics/quantile';
import { drawExponential } from '../src/engine/serving/arrivals';
import type { RunTrace } from '../src/engine/serving/dispatcher';
import type { ServiceTimes } from '../src/engine/serving/service-times';
import { simulateServing, type ServingSetup } from '../src/engine/serving/simulate';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';

const { values } = parseArgs({ options: writeOption });

/** Exponential service times with a mean of 1 ms. */
const exponential: ServiceTimes = { drawMs: (_, random) => drawExponential(1, random) };
const constant: ServiceTimes = { drawMs: () => 1 };

const requests = 100_000;
const seeds = 20;
/** Student's t of the 97.5th percentile with 19 degrees of freedom. */
const tOfSeeds = 2.093;

/** One request at a time, with `load` as a share of the capacity of the instances. */
function queueOf(load: number, instances: number, service: ServiceTimes): ServingSetup {
  return {
    arrivals: { kind: 'poisson', perSecond: 1000 * load * instances },
    durationS: requests / (1000 * load * instances),
    popularity: { count: 1, exponent: 0 },
    policy: { maxBatch: 1, maxWaitMs: 0 },
    instances,
    cache: null,
    service,
    seed: 0,
  };
}

interface Law {
  readonly name: string;
  readonly figure: string;
  readonly setup: ServingSetup;
  /** The value of the formula. */
  readonly expected: number;
  readonly seen: (trace: RunTrace, setup: ServingSetup) => number;
}

const meanTotalMs: Law['seen'] = ({ requests: all }) =>
  all.reduce((sum, { scheduledMs, endedMs }) => sum + endedMs - scheduledMs, 0) / all.length;
const shareRejected: Law['seen'] = ({ requests: all }) =>
  all.filter(({ end }) => end === 'rejected').length / all.length;
const shareCached: Law['seen'] = ({ requests: all }) => all.filter(({ end }) => end === 'cached').length / all.length;
const servedPerMs: Law['seen'] = ({ requests: all }, { durationS }) => all.length / (durationS * 1000);
const p95Ms: Law['seen'] = ({ requests: all }) =>
  quantileOfSorted(Float64Array.from(all, ({ scheduledMs, endedMs }) => endedMs - scheduledMs).sort(), 0.95);

/** Erlang's C: the share that waits, of `servers` at this load of each (Kleinrock, Queueing Systems I, section 3.5). */
function shareWaiting(servers: number, load: number): number {
  const offered = servers * load;
  let [term, sum] = [1, 0];
  for (let busy = 0; busy < servers; busy++) {
    sum += term;
    term *= offered / (busy + 1);
  }
  const all = term / (1 - load);
  return all / (sum + all);
}

/** Answers a ms of one exponential server with so many clients that think (M/M/1//N; section 3.8). */
function repairRate(clients: number, thinkMs: number): number {
  let [term, sum] = [1, 1];
  for (let present = 1; present <= clients; present++) {
    term *= (clients - present + 1) / thinkMs;
    sum += term;
  }
  return 1 - 1 / sum;
}

/** Share that a cache of so many answers, least recently used, has: the approximation of Che, Tung and Wang (2002). */
function cheHitRate(count: number, exponent: number, entries: number): number {
  const weights = Array.from({ length: count }, (_, place) => (place + 1) ** -exponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const present = (age: number) => weights.map((weight) => 1 - Math.exp((-age * weight) / total));
  let [low, high] = [0, 1e9];
  for (let step = 0; step < 100; step++) {
    const age = (low + high) / 2;
    if (present(age).reduce((sum, share) => sum + share, 0) < entries) low = age;
    else high = age;
  }
  return present(low).reduce((sum, share, place) => sum + (share * weights[place]!) / total, 0);
}

const meanTotal = (name: string, setup: ServingSetup, expected: number): Law => ({
  ...{ name, setup, expected },
  figure: 'mean time, in runs',
  seen: meanTotalMs,
});

/** A queue of `waiting` places beside the one that is served. */
function bounded(load: number, waiting: number): Law {
  const setup = queueOf(load, 1, exponential);
  return {
    name: `M/M/1/${waiting + 1} at ${load}`,
    figure: 'share rejected',
    setup: { ...setup, policy: { ...setup.policy, maxQueue: waiting } },
    expected: ((1 - load) * load ** (waiting + 1)) / (1 - load ** (waiting + 2)),
    seen: shareRejected,
  };
}

const [clients, thinkMs] = [8, 10];
const [inputs, entries] = [1000, 100];

const laws: readonly Law[] = [
  ...[0.5, 0.8, 0.9, 0.95].map((load) => meanTotal(`M/M/1 at ${load}`, queueOf(load, 1, exponential), 1 / (1 - load))),
  ...[0.5, 0.8, 0.9].map((load) =>
    meanTotal(`M/D/1 at ${load}`, queueOf(load, 1, constant), 1 + load / (2 * (1 - load))),
  ),
  ...(
    [
      [2, 0.8],
      [4, 0.8],
      [4, 0.9],
      [16, 0.9],
    ] as const
  ).map(([servers, load]) =>
    meanTotal(
      `M/M/${servers} at ${load}`,
      queueOf(load, servers, exponential),
      1 + shareWaiting(servers, load) / (servers * (1 - load)),
    ),
  ),
  {
    name: 'M/M/1 at 0.8',
    figure: 'p95 of the time',
    setup: queueOf(0.8, 1, exponential),
    expected: -Math.log(0.05) / (1 - 0.8),
    seen: p95Ms,
  },
  bounded(0.9, 4),
  bounded(1.2, 4),
  {
    name: `${clients} clients that think ${thinkMs} runs long`,
    figure: 'answers a run',
    setup: { ...queueOf(0.5, 1, exponential), arrivals: { kind: 'closed', clients, thinkMs } },
    expected: repairRate(clients, thinkMs),
    seen: servedPerMs,
  },
  {
    name: `${entries} of ${inputs} inputs cached, Zipf 1`,
    figure: 'share from the cache',
    setup: {
      ...queueOf(0.1, 1, constant),
      popularity: { count: inputs, exponent: 1 },
      cache: { entries, ttlS: 1e6 },
    },
    expected: cheHitRate(inputs, 1, entries),
    seen: shareCached,
  },
];

function printTheory(): void {
  printHead('queue', 'figure', 'theory', 'simulated', 'simulated ÷ theory (95 %)');
  for (const { name, figure, setup, expected, seen } of laws) {
    const ratios = Array.from({ length: seeds }, (_, index) => {
      const seeded = { ...setup, seed: 100 * index };
      return seen(simulateServing(seeded), seeded) / expected;
    });
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / seeds;
    const variance = ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / (seeds - 1);
    const half = tOfSeeds * Math.sqrt(variance / seeds);
    const interval = `${(mean - half).toFixed(4)} to ${(mean + half).toFixed(4)}`;
    printRow(
      name,
      figure,
      formatNumber(expected, 4),
      formatNumber(mean * expected, 4),
      `${mean.toFixed(4)} (${interval})`,
    );
  }
}

printTheory();
if (values.write) await writeResults('serving-theory');
