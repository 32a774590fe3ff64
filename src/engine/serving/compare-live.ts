/** Compares the prediction of a simulation with a live run of the same load. */
import { median } from '../metrics/quantile';
import type { RunTrace } from './dispatcher';
import { queueCurve, type QueuePoint } from './queue-curve';
import { measuredServiceTimes, type BatchTimes } from './service-times';
import { summarizeServing, type ServingResult } from './serving-result';
import { simulateLongServing } from './simulate';
import type { LoadSetup } from './request-source';

/** Each is a worker with a copy of the model. */
export const mostLiveInstances = 16;

/** A load that was run on real sessions. */
export interface LiveRun {
  readonly trace: RunTrace;
  /** Times of the batches that ran, from when they were handed over to their answer, by size. */
  readonly times: readonly BatchTimes[];
  /** Time within the session of the same batches, in the same order. */
  readonly computeTimes: readonly BatchTimes[];
  /** 99th percentile of the delay between a scheduled request and its arrival at the server, in ms. */
  readonly lateMs: number;
}

/** The range of the slowdown under load within which the simulation's times are valid for the server. */
export const heldSlowdown = [0.8, 1.25] as const;

export interface LiveComparison {
  readonly live: ServingResult;
  /** The same requests simulated on times that were measured alone. */
  readonly simulated: ServingResult;
  /** The same simulation with the times of the live run. The remaining difference is the error of the simulation itself. */
  readonly onLiveTimes: ServingResult;
  /** Time within the session under load, divided by the time that the same batches took alone. */
  readonly slowdown: number;
  /** Time of a batch outside the session: copies and messages. The median. */
  readonly handOverMs: number;
  readonly lateMs: number;
  readonly queue: { readonly live: readonly QueuePoint[]; readonly simulated: readonly QueuePoint[] };
}

const stretches = 120;

/**
 * `checkpoint` is called on the way.
 * @param calibrated times of batches that were measured alone. @param targetMs what an answer may take.
 */
export async function compareLive(
  setup: LoadSetup,
  run: LiveRun,
  calibrated: readonly BatchTimes[],
  targetMs: number | undefined,
  checkpoint: () => Promise<void>,
): Promise<LiveComparison> {
  const simulate = async (times: readonly BatchTimes[]) => {
    const simulated = { ...setup, service: measuredServiceTimes(times) };
    const trace = await simulateLongServing(simulated, checkpoint);
    return { trace, result: summarizeServing(simulated, trace, targetMs) };
  };
  const simulated = await simulate(calibrated);
  const durationMs = setup.durationS * 1000;
  return {
    live: summarizeServing(setup, run.trace, targetMs),
    simulated: simulated.result,
    onLiveTimes: run.times.length === 0 ? simulated.result : (await simulate(run.times)).result,
    ...underLoad(run, calibrated),
    lateMs: run.lateMs,
    queue: {
      live: queueCurve(run.trace, durationMs, stretches),
      simulated: queueCurve(simulated.trace, durationMs, stretches),
    },
  };
}

const meanSteps = 32;

/** Compares sums of times, as the utilization does. A few slow runs make a queue, and no median shows them. */
function underLoad(run: LiveRun, calibrated: readonly BatchTimes[]): Pick<LiveComparison, 'slowdown' | 'handOverMs'> {
  const alone = measuredServiceTimes(calibrated);
  let [realMs, aloneMs] = [0, 0];
  for (const { batch, samplesMs } of run.computeTimes) {
    let sumMs = 0;
    for (let step = 0; step < meanSteps; step++) {
      sumMs += alone.drawMs(batch, { next: () => (step + 0.5) / meanSteps });
    }
    aloneMs += (sumMs / meanSteps) * samplesMs.length;
    for (const ms of samplesMs) realMs += ms;
  }
  const handOvers = run.times.flatMap(({ samplesMs }, size) =>
    samplesMs.map((ms, index) => ms - run.computeTimes[size]!.samplesMs[index]!),
  );
  return handOvers.length === 0
    ? { slowdown: 1, handOverMs: 0 }
    : { slowdown: realMs / aloneMs, handOverMs: median(handOvers) };
}
