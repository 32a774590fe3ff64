/** Runs different inputs alone and joined, before anything joins the requests of different people. */
import { messageOf } from '../../engine/errors';
import type { Feeds, FreeDimensions, InputDescription } from '../../engine/data/feeds';
import { freeDimensionKey } from '../../engine/data/free-dimensions';
import { stackFeeds } from '../../engine/data/mapping/stack-feeds';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import {
  fixedBatch,
  assessBatching,
  provedInputs,
  provedOrders,
  untestedBatching,
  type BatchVerdict,
  type JoinedRun,
  type PaddingVerdict,
} from '../../engine/serving/batch-verdict';
import {
  assessPadding,
  paddableInputs,
  padTexts,
  provedLengths,
  type PaddedRun,
} from '../../engine/serving/length-padding';
import type { ModelFiles } from '../models/model-files';
import type { HostedSession, SessionHost } from '../session/session-host';

/**
 * The test runs on WASM with one thread, as the model is written, because the verdict is about the model, not about a
 * provider.
 */
const spec = { ep: 'wasm', threads: 1, freeDimensions: {}, profile: false, integers: 'as-written' } as const;

/**
 * The verdict of `assessBatching` on random inputs, in a session of its own. `freeDimensions` without the batch. A model that
 * cannot be run here is `untested`. Rejects if the signal is aborted.
 */
export async function proveBatching(
  signal: AbortSignal,
  host: SessionHost,
  files: ModelFiles,
  freeDimensions: FreeDimensions = {},
): Promise<BatchVerdict> {
  let session: HostedSession | undefined;
  try {
    session = await host.open(signal, { ...spec, files });
    return await proveOn(signal, session, freeDimensions);
  } catch (error) {
    signal.throwIfAborted();
    return untestedBatching(startOfMessage(error));
  } finally {
    session?.close();
  }
}

/** The same in an open session. Rejects if an input alone cannot be run. */
export async function proveOn(
  signal: AbortSignal,
  session: Pick<HostedSession, 'inputs' | 'run'>,
  freeDimensions: FreeDimensions = {},
): Promise<BatchVerdict> {
  const { inputs } = session;
  const fixed = fixedBatch(inputs);
  if (fixed !== null) return fixed;
  const sizes = { ...freeDimensions, ...batchOfOne(inputs) };
  const rows = Array.from({ length: provedInputs }, (_, seed) => differentFeeds(inputs, sizes, seed));
  const alone: Feeds[] = [];
  for (const row of rows) {
    signal.throwIfAborted();
    alone.push((await session.run(row)).outputs);
  }
  const axes = Object.fromEntries(inputs.map(({ name }) => [name, 0]));
  const joined: JoinedRun[] = [];
  for (const order of provedOrders) {
    signal.throwIfAborted();
    try {
      const feeds = stackFeeds(
        order.map((input) => rows[input]!),
        axes,
      );
      joined.push({ order, outputs: (await session.run(feeds)).outputs });
    } catch (error) {
      signal.throwIfAborted();
      const reason = `${order.length} inputs batched along the first dimension failed to run: ${startOfMessage(error)}`;
      return { joining: 'dependent', reason, measured: null };
    }
  }
  const verdict = assessBatching(alone, joined);
  if (verdict.joining !== 'independent') return verdict;
  const padding = await provePadding(signal, session, freeDimensions);
  return padding === null ? verdict : { ...verdict, padding };
}

/** Runs texts unchanged and padded. `null` for a model without texts and their mask. */
async function provePadding(
  signal: AbortSignal,
  session: Pick<HostedSession, 'inputs' | 'run'>,
  freeDimensions: FreeDimensions,
): Promise<PaddingVerdict | null> {
  const { inputs } = session;
  const texts = paddableInputs(inputs);
  if (texts === null) return null;
  const runs: PaddedRun[] = [];
  for (const [seed, { length, padded }] of provedLengths.entries()) {
    signal.throwIfAborted();
    const lengths = Object.fromEntries(inputs.map((input) => [freeDimensionKey(input, 1)!, length]));
    const text = createSyntheticFeeds(inputs, { ...freeDimensions, ...batchOfOne(inputs), ...lengths }, seed);
    try {
      const { outputs } = await session.run(text);
      runs.push({ length, padded, outputs, paddedOutputs: (await session.run(padTexts(text, padded))).outputs });
    } catch (error) {
      signal.throwIfAborted();
      return { padding: null, reason: `Padded texts failed to run: ${startOfMessage(error)}` };
    }
  }
  return assessPadding(texts, runs);
}

/** Random texts differ by nothing but their place: these by their seed, too. */
function differentFeeds(inputs: readonly InputDescription[], sizes: FreeDimensions, seed: number): Feeds {
  const feeds = Object.entries(createSyntheticFeeds(inputs, sizes, seed));
  return Object.fromEntries(
    feeds.map(([name, tensor]) => {
      if (tensor.dtype !== 'string') return [name, tensor];
      return [name, { ...tensor, data: Array.from(tensor.data as readonly string[], (each) => `${each} ${seed}`) }];
    }),
  );
}

function batchOfOne(inputs: readonly InputDescription[]): FreeDimensions {
  return Object.fromEntries(inputs.map((input) => [freeDimensionKey(input, 0)!, 1]));
}

function startOfMessage(error: unknown): string {
  return messageOf(error).slice(0, 300);
}
