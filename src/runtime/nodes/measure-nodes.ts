/**
 * Makes both measurements of nodes in one go: times of the original and a variant, and the SQNR of the variant's
 * values.
 */
import type { Feeds, FreeDimensions } from '../../engine/data/feeds';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import { ParetoError } from '../../engine/errors';
import { usualSqnrSamples, type NodeSqnrs } from '../../engine/metrics/node-sqnr';
import type { NodeTimes } from '../../engine/metrics/node-time';
import type { Progress } from '../../engine/progress';
import { describeFailure } from '../session/failure';
import type { ModelFiles } from '../models/model-files';
import { measureNodeSqnr } from './node-sqnr';
import { measureNodeTimes } from './node-times';
import { createPercentReporter } from '../../engine/percent-reporter';
import type { SessionHost } from '../session/session-host';

export interface MeasureNodesRequest {
  readonly original: ModelFiles;
  /** `null`: only the original is measured. */
  readonly variant: ModelFiles | null;
  readonly freeDimensions: FreeDimensions;
  readonly threads: number;
  /** Seed of random inputs. */
  readonly seed: number;
  /** Inputs of the original from data. `null`: inputs are random. */
  readonly feeds: readonly Feeds[] | null;
}

export interface MeasuredNodes {
  readonly threads: number;
  readonly original: NodeTimes;
  readonly variant: { readonly times: NodeTimes; readonly sqnr: NodeSqnrs } | null;
}

/**
 * Measures on the WASM provider. Throws `measure-nodes/failed` when one of the models does not run there, and the
 * errors of the SQNR measurement.
 */
export async function measureNodes(
  signal: AbortSignal,
  sessions: SessionHost,
  request: MeasureNodesRequest,
  onProgress: (progress: Progress) => void,
): Promise<MeasuredNodes> {
  const { original, variant, threads, freeDimensions, seed, feeds } = request;
  const report = createPercentReporter(onProgress);
  const timesOf = async (files: ModelFiles, who: string, from: number, to: number): Promise<NodeTimes> => {
    const stage = `Timing nodes of ${who}`;
    report(stage, from);
    try {
      const feedsOf: Parameters<typeof measureNodeTimes>[2]['feedsOf'] = (inputs) =>
        feeds?.[0] ?? createSyntheticFeeds(inputs, freeDimensions, seed);
      const timed = { files, ep: 'wasm', threads, freeDimensions, feedsOf } as const;
      const { times } = await measureNodeTimes(signal, sessions, timed, (share) =>
        report(stage, from + share * (to - from)),
      );
      return times;
    } catch (error) {
      if (signal.aborted) throw error;
      const message = describeFailure(error, `T${who.slice(1)}`, 'wasm');
      throw new ParetoError('measure-nodes/failed', message, { cause: error });
    }
  };
  const ofOriginal = await timesOf(original, 'the original', 0, variant === null ? 100 : 20);
  if (variant === null) return { threads, original: ofOriginal, variant: null };
  const times = await timesOf(variant, 'the variant', 20, 40);
  const stage = 'Comparing values';
  report(stage, 40);
  const samples = feeds
    ? ({ kind: 'data', feeds } as const)
    : ({ kind: 'synthetic', count: usualSqnrSamples, seed } as const);
  const compared = { original, variant, threads, freeDimensions, samples };
  const sqnr = await measureNodeSqnr(signal, sessions, compared, (share) => report(stage, 40 + share * 60));
  return { threads, original: ofOriginal, variant: { times, sqnr } };
}
