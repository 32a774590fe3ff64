/** Computes outputs of the deployed model for samples of data, for their distribution. */
import type { Feeds } from '../../engine/data/feeds';
import type { ModelFiles } from '../models/model-files';
import type { HostedSession, SessionHost } from '../session/session-host';

const spec = { ep: 'wasm', threads: 1, freeDimensions: {}, profile: false, integers: 'as-written' } as const;

/**
 * Calls `work` with a function that runs the model on WASM, and closes the session. A model that does not open here has no answers, and
 * a sample that it does not take has none. Rejects if `work` does, and where the signal is aborted.
 */
export async function withAnswers<Result>(
  signal: AbortSignal,
  host: SessionHost,
  files: ModelFiles,
  work: (answer: ((sample: Feeds) => Promise<Feeds>) | undefined) => Promise<Result>,
): Promise<Result> {
  let session: HostedSession | undefined;
  try {
    session = await host.open(signal, { ...spec, files });
  } catch {
    signal.throwIfAborted();
    return work(undefined);
  }
  const opened = session;
  const answer = async (sample: Feeds): Promise<Feeds> => {
    try {
      return (await opened.run(sample)).outputs;
    } catch {
      signal.throwIfAborted();
      return {};
    }
  };
  try {
    return await work(answer);
  } finally {
    opened.close();
  }
}
