/** Measures what each node of a model takes, from the runtime's own profile. */
import { markNodes } from '../../engine/onnx/parts/mark-nodes';
import { nameFusedKernels } from '../../engine/analysis/name-fused-kernels';
import type { FreeDimensions, Feeds, InputDescription } from '../../engine/data/feeds';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import { attributeTimes, type NodeTimes } from '../../engine/metrics/node-time';
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
}

/** The first one allocates; on a GPU it compiles too. */
const warmUpRuns = 3;
const timedRuns = 12;
/** A slow model is timed in fewer runs, but no fewer than these. */
const fewestRuns = 3;
const longestMs = 20_000;

/**
 * Profiles a model as it is benchmarked, with every fusion of the runtime, in a session of its own: a profile disturbs
 * timing by a few percent. `onRun` is told the share that is done, from 0 to 1. Rejects with what the runtime says when the
 * model does not run there.
 */
export async function measureNodeTimes(
  signal: AbortSignal,
  sessions: SessionHost,
  { files, ep, threads, freeDimensions, feedsOf }: NodeTimesRequest,
  onRun: (share: number) => void,
): Promise<{ readonly times: NodeTimes; readonly profile: SessionProfile }> {
  const { model, nodes } = markNodes(await modelOfFiles(files));
  const marked = { ...files, model: blobOfModel(model) };
  const session = await sessions.open(signal, { files: marked, ep, threads, freeDimensions, profile: true });
  try {
    await session.feed(feedsOf(session.inputs));
    const all = warmUpRuns + timedRuns;
    let totalMs = 0;
    for (let run = 0; run < all; run++) {
      totalMs += await session.time(1);
      onRun((run + 1) / all);
      if (run + 1 >= warmUpRuns + fewestRuns && totalMs > longestMs) break;
    }
    const profile = await session.profile();
    const warm = profile.kernels.map((kernel) => ({ ...kernel, microseconds: kernel.microseconds.slice(warmUpRuns) }));
    return { times: attributeTimes(nodes, nameFusedKernels(model, warm)), profile };
  } finally {
    session.close();
  }
}
