/** Finds the first node of a model that a provider computes differently from WASM. */
import { comparableValues, type ComputedValue } from '../../engine/analysis/comparable-values';
import { groupValues } from '../../engine/analysis/group-values';
import { inspectInputs } from '../../engine/analysis/inspect';
import { localPart } from '../../engine/analysis/local-part';
import type { Feeds, FreeDimensions } from '../../engine/data/feeds';
import { sizesOfFeeds, withSuggestedDimensions } from '../../engine/data/free-dimensions';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import { formatProvider } from '../../engine/format';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import { unchangedFloorDb } from '../../engine/metrics/output-match';
import { DataType } from '../../engine/onnx/data-type';
import type { Progress } from '../../engine/progress';
import { modelOfFiles } from '../files/model-blob';
import type { ModelFiles } from '../models/model-files';
import type { SessionHost } from '../session/session-host';
import { compareNodeValues } from './compare-node-values';
import { mostValueBytes } from './node-sqnr';

export interface FirstDifferenceRequest {
  readonly files: ModelFiles;
  /** The provider that is compared with WASM. */
  readonly ep: ExecutionProvider;
  readonly threads: number;
  readonly freeDimensions: FreeDimensions;
  /** Seed of random inputs. */
  readonly seed: number;
  /** Inputs from data. `null`: inputs are random. */
  readonly feeds: readonly Feeds[] | null;
}

export interface FirstDifference {
  /** Values that were compared, up to the first that differs. */
  readonly compared: number;
  /** `null`: all values agree. `sqnrDb` is `null` if the values cannot be compared; `problem` says why. */
  readonly first: (ComputedValue & { readonly sqnrDb: number | null; readonly problem?: string }) | null;
}

/**
 * Compares the value of each node in the order of the model, at most 64 MB at once, on the same inputs. Both sessions run without the
 * fusions of the runtime, which would remove values. Ends with the first value below 40 dB, or with NaN where WASM has a number.
 * Texts, and values that neither provider returns, are left out. Throws `sqnr/failed` if the model does not run on one of them.
 */
export async function findFirstDifference(
  signal: AbortSignal,
  sessions: SessionHost,
  { files, ep, threads, freeDimensions, seed, feeds: given }: FirstDifferenceRequest,
  onProgress: (progress: Progress) => void,
): Promise<FirstDifference> {
  const model = await modelOfFiles(files);
  const inputs = inspectInputs(model);
  const feeds = given ?? [createSyntheticFeeds(inputs, withSuggestedDimensions(inputs, freeDimensions), seed)];
  const { values: all } = comparableValues(model, model, sizesOfFeeds(inputs, feeds[0], freeDimensions));
  const values = all.filter(({ fedAs }) => fedAs !== DataType.string);
  const groups = groupValues(model, values, mostValueBytes);
  const side = { files, model, who: 'The model' };
  const stage = `Comparing ${formatProvider(ep)} with WASM`;
  let compared = 0;
  const part = localPart(model, [], values);
  for (const [index, group] of groups.entries()) {
    const pair = { original: side, variant: { ...side, ep }, threads, feeds, values: group.values, part };
    const figures = await compareNodeValues(signal, sessions, pair, (share) =>
      onProgress({ stage, done: index + share, total: groups.length }),
    );
    for (const [{ a }, { sqnrDb, problem }] of figures) {
      compared++;
      if (sqnrDb === null || sqnrDb < unchangedFloorDb)
        return { compared, first: { ...a, sqnrDb, ...(problem !== undefined && { problem }) } };
    }
  }
  return { compared, first: null };
}
