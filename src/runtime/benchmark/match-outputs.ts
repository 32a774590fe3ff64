/** How near the outputs of a variant are to the original's on random inputs, without timing anything. */
import type { FreeDimensions } from '../../engine/data/feeds';
import type { OutputMatch } from '../../engine/metrics/cell';
import { OutputComparison } from '../../engine/metrics/output-match';
import type { ModelFiles } from '../models/model-files';
import type { SessionHost } from '../session/session-host';
import { runReference } from './reference-outputs';

export interface MatchRequest {
  readonly original: ModelFiles;
  readonly variant: ModelFiles;
  readonly freeDimensions: FreeDimensions;
  readonly seed: number;
  readonly threads: number;
}

/**
 * Both models on WASM, on the same random inputs that a benchmark compares outputs on. Not comparable, with the reason, where the
 * original does not repeat its outputs. Rejects with the signal's reason once aborted, and where one of the models cannot be run.
 */
export async function matchOutputs(
  signal: AbortSignal,
  host: SessionHost,
  { original, variant, freeDimensions: wanted, seed, threads }: MatchRequest,
): Promise<OutputMatch> {
  const reference = await runReference(signal, host, { original, freeDimensions: wanted, seed, threads });
  const { freeDimensions, inputs, problem } = reference;
  const session = await host.open(signal, { files: variant, ep: 'wasm', threads, freeDimensions, profile: false });
  try {
    const comparison = new OutputComparison();
    for (const { feeds, outputs } of reference.sets) {
      signal.throwIfAborted();
      await session.feed(feeds);
      comparison.add(outputs, (await session.run()).outputs);
    }
    const found = comparison.result(inputs);
    return problem === undefined ? found : { ...found, valid: false, comparable: false, problem };
  } finally {
    session.close();
  }
}
