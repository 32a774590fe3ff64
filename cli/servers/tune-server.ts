/** `simulate --tune`: settings for a load and a target, on times of each number of threads. */
import { availableParallelism } from 'node:os';
import { formatCount, formatDuration, formatPercent } from '../../src/engine/format';
import type { Arrivals } from '../../src/engine/serving/arrivals';
import type { BatchPolicy } from '../../src/engine/serving/batching';
import { formatClaim, tunedHeadline } from '../../src/engine/serving/describe-serving';
import type { LengthShare, ServedTimes, TextLengths } from '../../src/engine/serving/text-lengths';
import {
  tuneServing,
  type TriedSettings,
  type TunedServing,
  type TuneRequest,
} from '../../src/engine/serving/tune-serving';
import type { InputDescription } from '../../src/engine/data/feeds';
import type { Shell } from '../command';
import { createRecipeHost } from '../../src/runtime/node/recipe-host';
import type { ServerTimes } from './server-times';
import { timesOfLoad } from './text-times';
import { formatTable } from '../words/table';

/** ONNX Runtime for WASM gains little from more threads. */
const mostThreads = 4;

type TuneOptions = TuneRequest['load'] & {
  readonly policy: Omit<BatchPolicy, 'maxWaitMs'>;
  readonly targetMs?: number;
  readonly shares?: readonly LengthShare[];
  readonly inputs: readonly InputDescription[];
};

/** Tunes on times of several numbers of threads: measured here, or by `measure-server`. */
export async function tune(shell: Shell, times: ServerTimes, options: TuneOptions): Promise<TunedServing> {
  const server = await times.measuredServer();
  const cores = server?.cores ?? availableParallelism();
  const { shares, inputs } = options;
  // Of texts, only the server's own number of threads was measured.
  const timesByThreads = new Map<number, ServedTimes>(shares === undefined ? server?.timesByThreads : []);
  const { maxBatch, ...policy } = options.policy;
  let mostBatch = maxBatch;
  let lengths: TextLengths | undefined;
  const counts =
    server === null ? [1, 2, 4].filter((threads) => threads <= Math.min(cores, mostThreads)) : [server.threads];
  for (const threads of counts) {
    const found = await timesOfLoad(times, { threads, policy: { maxBatch }, shares, inputs });
    timesByThreads.set(threads, found.measured);
    lengths = found.lengths;
    if (found.measured.fixedBatch !== undefined) mostBatch = 1;
  }
  shell.terminal.progress('Trying settings');
  const { arrivals, durationS, popularity, seed, cache, targetMs = 0 } = options;
  const load = { arrivals, durationS, popularity, seed, cache, ...(lengths && { lengths }) };
  const { checkpoint } = createRecipeHost(shell.signal);
  const request = { load, policy, timesByThreads, answerDelaysMs: server?.answerDelaysMs, cores, mostBatch, targetMs };
  return tuneServing(request, checkpoint);
}

const shown = 5;

export function describeTuned(tuned: TunedServing, arrivals: Arrivals, targetMs: number): string {
  const row = ({ maxBatch, maxWaitMs, instances, threads, p95Ms, withinTarget }: TriedSettings) => [
    formatCount(maxBatch),
    formatDuration(maxWaitMs),
    formatCount(instances),
    formatCount(threads),
    formatClaim(p95Ms, 0.95),
    formatPercent(withinTarget),
  ];
  const head = ['batch', 'wait', 'instances', 'threads', 'p95', 'within the target'];
  const table = formatTable(
    [head, ...tuned.tried.slice(0, shown).map(row)],
    ['right', 'right', 'right', 'right', 'right', 'right'],
  );
  const simulated = `${formatCount(tuned.tried.length)} of ${formatCount(tuned.gridSize)} settings simulated:`;
  return `${tunedHeadline(tuned, arrivals, targetMs)}\n\n${simulated}\n${table}`;
}
