/**
 * A quick look at data that has just arrived: whether its labels fit the model, and whether other preprocessing fits better. Facts, like
 * measurements: undo does not cover them, and a reload does not bring them back.
 */
import { createStore } from 'zustand/vanilla';
import type { AccuracyWarning } from '../../../engine/metrics/evaluation';
import { endingsOf } from '../../../engine/metrics/output-kind';
import { dataFilesOf, filesOf, originalFilesKey } from '../../platform/file-registry';
import { currentJobs, runJob } from '../jobs/job-runner';
import { originalId, workspaceStore, type WorkspaceState } from '../workspace/workspace-store';
import { currentContext, isDataFed, labelledEvaluation, sha256OfRow } from './data-selectors';

interface CheckedData {
  /** `basisOf` what was looked at. */
  readonly basis: string;
  readonly warnings: readonly AccuracyWarning[];
}

export const dataCheckStore = createStore<{ readonly latest: CheckedData | null }>(() => ({ latest: null }));

type CheckedWork = Pick<
  WorkspaceState,
  'original' | 'variants' | 'data' | 'evaluations' | 'evaluationProvider' | 'freeDimensions'
>;

function basisOf(state: CheckedWork): string {
  const context = currentContext(state, originalId);
  return JSON.stringify([
    state.original?.inspection.file,
    context && [context.dataKey, context.mapping, context.freeDimensions],
  ]);
}

const noWarnings: readonly AccuracyWarning[] = [];

/** What the look found, while it still holds. Nothing once the original was evaluated: that says more. */
export function checkWarnings(state: CheckedWork, { latest } = dataCheckStore.getState()): readonly AccuracyWarning[] {
  if (latest === null || latest.warnings.length === 0 || latest.basis !== basisOf(state)) return noWarnings;
  return labelledEvaluation(state, originalId) === null ? latest.warnings : noWarnings;
}

let running: Promise<unknown> = Promise.resolve();

/** Resolves once no look is under way: what stands on the data waits for it. */
export function checkEnded(): Promise<unknown> {
  return running;
}

/** Looks at the data of the work, where it has labels. What goes wrong meanwhile is told by the evaluation that meets it too. */
export function checkData(): Promise<unknown> {
  running = checkNow();
  return running;
}

async function checkNow(): Promise<void> {
  const state = workspaceStore.getState();
  const { original, data, freeDimensions, threads, device } = state;
  const context = currentContext(state, originalId);
  const files = data === null ? undefined : dataFilesOf(data.evaluation.key);
  const model = filesOf(originalFilesKey);
  if (original === null || data === null || context === null || files === undefined || model === undefined) return;
  if (data.mapping.labels === null || !isDataFed(state)) return;
  const basis = basisOf(state);
  await runJob('check-data', data.evaluation.description.name, async (job) => {
    const request = {
      models: [{ id: originalId, files: model, sha256: sha256OfRow(state, originalId) }],
      ep: 'wasm',
      threads: threads ?? device?.threads ?? 1,
      freeDimensions,
      mapping: data.mapping,
      endings: endingsOf(original.inspection.outputs),
      split: context.split,
    } as const;
    const found = await currentJobs()
      .data.check(job, files, request)
      .catch(() => null);
    job.signal.throwIfAborted();
    if (found !== null) dataCheckStore.setState({ latest: { basis, warnings: found.warnings } });
  });
}
