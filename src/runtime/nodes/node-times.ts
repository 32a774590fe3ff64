/** Measures what each node of a model takes, from the runtime's own profile. */
import { markNodes } from '../../engine/onnx/parts/mark-nodes';
import { nameFusedKernels } from '../../engine/analysis/name-fused-kernels';
import type { FreeDimensions, Feeds, InputDescription } from '../../engine/data/feeds';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import { attributeTimes, type NodeTimes } from '../../engine/metrics/node-time';
import { median } from '../../engine/metrics/quantile';
import { blobOfModel, modelOfFiles } from '../files/model-blob';
import type { ModelFiles } from '../models/model-files';
import type { SessionHost } from '../session/session-host';
import type { SessionProfile } from '../session/session-spec';

export interface NodeTimesRequest {
  readonly files: ModelFiles;
  readonly ep: ExecutionProvider;
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
  feedsOf(inputs: readonly InputDescription[]): Feeds;
  /**
   * Wall-clock limit for all runs. It reduces their number to one warm-up and one timed run at least. If absent: 20 s,
   * and three timed runs at least.
   */
  readonly longestMs?: number;
}

export interface MeasuredNodeTimes {
  readonly times: NodeTimes;
  readonly profile: SessionProfile;
  /**
   * Median over the timed runs of the time that a run takes besides its kernels, in ms. The profile itself is part of
   * it.
   */
  readonly outsideMs: number;
}

/** The first one allocates; on a GPU it compiles too. */
const warmUpRuns = 3;
const timedRuns = 12;
/** A slow model is timed in fewer runs, but no fewer than these. */
const fewestRuns = 3;
const longestMs = 20_000;

/**
 * Profiles a model with every fusion of the runtime, as in a benchmark. It uses a session of its own, because a profile
 * disturbs timing by a few percent. `onRun` receives the finished share, from 0 to 1. Rejects with the runtime's error
 * if the model does not run there.
 */
export async function measureNodeTimes(
  signal: AbortSignal,
  sessions: SessionHost,
  { files, ep, threads, freeDimensions, feedsOf, longestMs: most }: NodeTimesRequest,
  onRun: (share: number) => void,
): Promise<MeasuredNodeTimes> {
  const { model, nodes } = markNodes(await modelOfFiles(files));
  const marked = { ...files, model: blobOfModel(model) };
  const session = await sessions.open(signal, { files: marked, ep, threads, freeDimensions, profile: true });
  try {
    await session.feed(feedsOf(session.inputs));
    const all = warmUpRuns + timedRuns;
    const least = most === undefined ? warmUpRuns + fewestRuns : 2;
    const startMs = performance.now();
    const runsMs: number[] = [];
    while (runsMs.length < all && (runsMs.length < least || performance.now() - startMs < (most ?? longestMs))) {
      signal.throwIfAborted();
      runsMs.push(await session.time(1));
      onRun(runsMs.length / all);
    }
    const profile = await session.profile();
    const cold = Math.min(warmUpRuns, runsMs.length - 1);
    const warm = profile.kernels.map((kernel) => ({ ...kernel, microseconds: kernel.microseconds.slice(cold) }));
    const outside = runsMs.slice(cold).map((ms, run) => ms - sumOfRun(warm, run));
    return { times: attributeTimes(nodes, nameFusedKernels(model, warm)), profile, outsideMs: median(outside) };
  } finally {
    session.close();
  }
}

function sumOfRun(kernels: SessionProfile['kernels'], run: number): number {
  return kernels.reduce((sum, { microseconds }) => sum + (microseconds[run] ?? 0), 0) / 1000;
}
