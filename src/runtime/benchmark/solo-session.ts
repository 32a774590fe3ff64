/** A session of one model alone, with random input. */
import type { FreeDimensions } from '../../engine/data/feeds';
import { withSuggestedDimensions } from '../../engine/data/free-dimensions';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import type { ModelFiles } from '../models/model-files';
import type { HostedSession, SessionHost } from '../session/session-host';
import type { SessionSpec } from '../session/session-spec';

export interface SoloRequest {
  readonly files: ModelFiles;
  readonly ep: ExecutionProvider;
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
  readonly seed: number;
  /** Wall-clock limit for all runs. It reduces their number to one at least. Unlimited if absent. */
  readonly longestMs?: number;
}

interface SoloSpec extends Omit<SoloRequest, 'longestMs'>, Pick<SessionSpec, 'profile' | 'countsGpuBuffers'> {}

/**
 * Opens a session, feeds it, runs `work` with it, and closes it. `work` also receives the sizes of free dimensions that
 * were fed. Rejects as sessions do.
 */
export async function withSoloSession<Result>(
  signal: AbortSignal,
  host: SessionHost,
  { files, ep, threads, freeDimensions: given, seed, profile, countsGpuBuffers }: SoloSpec,
  work: (session: HostedSession, freeDimensions: FreeDimensions) => Promise<Result>,
): Promise<Result> {
  const spec = { files, ep, threads, freeDimensions: given, profile, countsGpuBuffers };
  const session = await host.open(signal, spec);
  try {
    const freeDimensions = withSuggestedDimensions(session.inputs, given);
    await session.feed(createSyntheticFeeds(session.inputs, freeDimensions, seed));
    return await work(session, freeDimensions);
  } finally {
    session.close();
  }
}
