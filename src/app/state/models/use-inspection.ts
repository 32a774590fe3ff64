/** Looking closer at models: each look is asked for when it is shown, while no job runs, and dropped when it no longer is. */
import { useEffect, useState } from 'react';
import type { DuplicateWeights } from '../../../engine/analysis/weights/duplicate-weights';
import type { GraphBlock } from '../../../engine/analysis/graphs/inspect-blocks';
import type { NodeContents } from '../../../engine/analysis/inspect-node-contents';
import type { WeightStatistics } from '../../../engine/analysis/weights/weight-statistics';
import { ObjectIds, type GraphDifference, type ModelFiles } from '../../jobs/jobs';
import { whileNothingMeasures } from '../jobs/idle-work';
import { currentJobs, sentenceOf } from '../jobs/job-runner';

export interface Looked<Value> {
  /** `undefined` while it is on its way. */
  readonly value: Value | undefined;
  readonly problem: string | null;
}

const nothingYet = { value: undefined, problem: null };

/** `key` identifies the shown model; `null`: none is shown. */
function useLook<Value>(key: string | null, look: (signal: AbortSignal) => Promise<Value>): Looked<Value> {
  const [state, setState] = useState<Looked<Value> & { readonly key: string | null }>({ key: null, ...nothingYet });
  useEffect(() => {
    if (key === null) return undefined;
    const controller = new AbortController();
    whileNothingMeasures(controller.signal, look).then(
      (value) => setState({ key, value, problem: null }),
      (error: unknown) => {
        if (!controller.signal.aborted) setState({ key, value: undefined, problem: sentenceOf(error) });
      },
    );
    return () => controller.abort(new DOMException('No longer shown.', 'AbortError'));
    // The key says everything that the look depends on.
    // eslint-disable-next-line react/exhaustive-deps
  }, [key]);
  return state.key === key ? state : nothingYet;
}

const ids = new ObjectIds();

/** Files by a number of their own: other files may come to have the same key. */
function numberOf({ model }: ModelFiles): number {
  return ids.of(model);
}

export function useNodeContents(files: ModelFiles, path: string): Looked<NodeContents | null> {
  return useLook(`${numberOf(files)} ${path}`, (signal) => currentJobs().inspections.contents({ signal }, files, path));
}

export function useWeightStatistics(files: ModelFiles, path: string): Looked<WeightStatistics | null> {
  return useLook(`${numberOf(files)} ${path}`, (signal) =>
    currentJobs().inspections.statistics({ signal }, files, path),
  );
}

export function useDuplicateWeights(files: ModelFiles): Looked<readonly DuplicateWeights[]> {
  return useLook(String(numberOf(files)), (signal) => currentJobs().inspections.duplicates({ signal }, files));
}

/** Returns nothing for `null`. */
export function useGraphBlocks(files: ModelFiles | null): Looked<ReadonlyMap<string, readonly GraphBlock[]>> {
  const key = files === null ? null : String(numberOf(files));
  return useLook(key, (signal) => currentJobs().inspections.blocks({ signal }, files!));
}

/** Returns nothing while one of the two is missing. */
export function useGraphDifference(a: ModelFiles | null, b: ModelFiles | null): Looked<GraphDifference> {
  const key = a === null || b === null ? null : `${numberOf(a)} ${numberOf(b)}`;
  return useLook(key, (signal) => currentJobs().inspections.compare({ signal }, a!, b!));
}
