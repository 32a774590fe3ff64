/** Finds batch, wait, instances and threads of a server for a load and a target, by hill climbing over a grid of simulations. */
import { ParetoError } from '../errors';
import type { BatchPolicy } from './batching';
import type { LoadSetup } from './request-source';
import { summarizeServing } from './serving-result';
import { simulateLongServing } from './simulate';
import { serviceTimesOf, type ServedTimes } from './text-lengths';

export interface ServingSettings {
  readonly maxBatch: number;
  readonly maxWaitMs: number;
  readonly instances: number;
  /** Threads of each instance. */
  readonly threads: number;
}

export interface TriedSettings extends ServingSettings {
  /** `null`: the queue grows, or too few requests were served. */
  readonly p95Ms: number | null;
  /** Share of all requests. */
  readonly withinTarget: number;
  /** Requests that came in a second. */
  readonly offeredPerSecond: number;
}

export interface TuneRequest {
  readonly load: Pick<LoadSetup, 'arrivals' | 'durationS' | 'popularity' | 'seed' | 'cache' | 'lengths'>;
  /** Limits of the queue and of an answer's time; batch and wait are tuned. */
  readonly policy: Omit<BatchPolicy, 'maxBatch' | 'maxWaitMs'>;
  /** Delays of answers, as in `ServingSetup`. */
  readonly answerDelaysMs?: readonly number[];
  /** Measured batch times by threads of one instance. At least one. */
  readonly timesByThreads: ReadonlyMap<number, ServedTimes>;
  /** Instances × threads stay within it: beyond, instances slow each other down, which was not measured. */
  readonly cores: number;
  readonly mostBatch: number;
  readonly targetMs: number;
}

export interface TunedServing {
  readonly best: TriedSettings;
  /** Every simulation, best first. */
  readonly tried: readonly TriedSettings[];
  /** Settings in the whole grid. */
  readonly gridSize: number;
}

/** The values of each axis are in an order in which neighbors perform nearly the same. */
interface Grid {
  readonly batches: readonly number[];
  readonly waitsMs: readonly number[];
  readonly parallel: readonly { readonly instances: number; readonly threads: number }[];
}

/** One index for each axis of the grid. */
type Place = readonly [batch: number, wait: number, parallel: number];

/** Shares of the target that a request may wait for others. */
const waitShares = [0, 1 / 16, 1 / 8, 1 / 4] as const;

/**
 * Climbs from one-by-one and from full batches to settings that no neighbor on the grid beats. All simulations see the
 * same requests. More requests within the target win; of nearly equal shares the lower p95. `checkpoint` is called on
 * the way. Throws `serving/no-times` without measured times, or if no thread count fits the cores.
 */
export async function tuneServing(request: TuneRequest, checkpoint: () => Promise<void>): Promise<TunedServing> {
  const grid = gridOf(request);
  const known = new Map<string, TriedSettings>();
  const tryAt = async (place: Place): Promise<TriedSettings> => {
    const key = place.join();
    const found = known.get(key) ?? (await simulateAt(request, settingsAt(grid, place), checkpoint));
    known.set(key, found);
    return found;
  };
  for (const start of startsOf(grid)) await climb(grid, start, tryAt);
  const tried = [...known.values()].toSorted(compareSettings);
  const gridSize = grid.batches.length * grid.waitsMs.length * grid.parallel.length;
  return { best: tried[0]!, tried, gridSize };
}

/** Every setting of the grid, for a comparison with the climb. */
export async function tryAllSettings(
  request: TuneRequest,
  checkpoint: () => Promise<void>,
): Promise<readonly TriedSettings[]> {
  const grid = gridOf(request);
  const tried: TriedSettings[] = [];
  for (const [batch] of grid.batches.entries()) {
    for (const [wait] of grid.waitsMs.entries()) {
      for (const [parallel] of grid.parallel.entries()) {
        tried.push(await simulateAt(request, settingsAt(grid, [batch, wait, parallel]), checkpoint));
      }
    }
  }
  return tried.toSorted(compareSettings);
}

function gridOf({ timesByThreads, cores, mostBatch, targetMs }: TuneRequest): Grid {
  const measured = [...timesByThreads].filter(([threads, { times }]) => threads <= cores && times.length > 0);
  if (measured.length === 0) throw new ParetoError('serving/no-times', 'No batch times were measured to tune with.');
  const batches: number[] = [];
  for (let batch = 1; batch <= mostBatch; batch *= 2) batches.push(batch);
  const parallel = measured.flatMap(([threads]) =>
    Array.from({ length: Math.floor(cores / threads) }, (_, index) => ({ instances: index + 1, threads })),
  );
  // The order follows the cores in use, so that a neighbor uses a few more or a few less.
  const inOrder = parallel.toSorted(
    (a, b) => a.instances * a.threads - b.instances * b.threads || a.threads - b.threads,
  );
  const waitsMs = waitShares.map((share) => Number((share * targetMs).toPrecision(2)));
  return { batches, waitsMs, parallel: inOrder };
}

/** Both starts use all cores: single requests without a wait, and full batches that wait. */
function startsOf({ batches, parallel }: Grid): readonly Place[] {
  const most = parallel.length - 1;
  const alone: Place = [0, 0, most];
  return batches.length === 1 ? [alone] : [alone, [batches.length - 1, 1, most]];
}

async function climb(grid: Grid, start: Place, tryAt: (place: Place) => Promise<TriedSettings>): Promise<void> {
  let place = start;
  let here = await tryAt(place);
  for (let isMoving = true; isMoving;) {
    isMoving = false;
    for (const next of neighbors(grid, place)) {
      const there = await tryAt(next);
      if (compareSettings(there, here) >= 0) continue;
      [place, here, isMoving] = [next, there, true];
      break;
    }
  }
}

function neighbors({ batches, waitsMs, parallel }: Grid, [batch, wait, at]: Place): readonly Place[] {
  const all: readonly Place[] = [
    [batch + 1, wait, at],
    [batch - 1, wait, at],
    [batch, wait - 1, at],
    [batch, wait + 1, at],
    [batch, wait, at + 1],
    [batch, wait, at - 1],
  ];
  const isOn = (index: number, axis: readonly unknown[]): boolean => index >= 0 && index < axis.length;
  return all.filter(([a, b, c]) => {
    // Single requests do not wait for others.
    const isIdle = batches[a] === 1 && b > 0;
    return isOn(a, batches) && isOn(b, waitsMs) && isOn(c, parallel) && !isIdle;
  });
}

function settingsAt({ batches, waitsMs, parallel }: Grid, [batch, wait, at]: Place): ServingSettings {
  return { maxBatch: batches[batch]!, maxWaitMs: waitsMs[wait]!, ...parallel[at]! };
}

async function simulateAt(
  { load, policy, timesByThreads, answerDelaysMs, targetMs }: TuneRequest,
  settings: ServingSettings,
  checkpoint: () => Promise<void>,
): Promise<TriedSettings> {
  const { maxBatch, maxWaitMs, instances, threads } = settings;
  const service = serviceTimesOf(timesByThreads.get(threads)!);
  const setup = { ...load, policy: { ...policy, maxBatch, maxWaitMs }, instances, service, answerDelaysMs };
  const result = summarizeServing(setup, await simulateLongServing(setup, checkpoint), targetMs);
  return {
    ...settings,
    p95Ms: result.saturation.isUnstable ? null : result.answeredMs.p95,
    withinTarget: result.withinTarget?.share ?? 0,
    offeredPerSecond: result.offeredPerSecond,
  };
}

/** Shares are compared in steps of half a percent: less is chance, and with steps no three settings beat each other in turn. */
const shareSteps = 200;

/** The better one first: more requests in time, or the lower p95 if the shares are equal. A share has no jump at the target. */
function compareSettings(a: TriedSettings, b: TriedSettings): number {
  const stepsOf = ({ withinTarget }: TriedSettings) => Math.round(withinTarget * shareSteps);
  const [p95A, p95B] = [a.p95Ms ?? Number.MAX_VALUE, b.p95Ms ?? Number.MAX_VALUE];
  return stepsOf(b) - stepsOf(a) || p95A - p95B;
}
