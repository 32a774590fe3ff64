import type { OutputMatch } from '../../engine/metrics/cell';
import { asComparable } from '../../engine/metrics/describe-randomness';
import { OutputComparison } from '../../engine/metrics/output-match';
import type { ModelFiles } from '../models/model-files';
import type { SessionHost } from '../session/session-host';
import type { Reference } from './reference-outputs';

/**
 * Compares the outputs of a variant on WASM with those of `runReference`, without timing anything. The match is not
 * comparable, with the reason, if the original does not repeat its outputs. Rejects with the signal's reason once
 * aborted, and if the variant cannot be run.
 */
export async function matchOutputs(
  signal: AbortSignal,
  host: SessionHost,
  { sets, kinds, inputs, freeDimensions, problem }: Reference,
  { files, threads }: { readonly files: ModelFiles; readonly threads: number },
): Promise<OutputMatch> {
  const session = await host.open(signal, { files, ep: 'wasm', threads, freeDimensions, profile: false });
  try {
    const comparison = new OutputComparison();
    for (const [set, { feeds, outputs }] of sets.entries()) {
      signal.throwIfAborted();
      await session.feed(feeds);
      comparison.add(outputs, (await session.run()).outputs, set % kinds);
    }
    return asComparable(comparison.result(inputs), problem);
  } finally {
    session.close();
  }
}
