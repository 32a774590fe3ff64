/**
 * A quick check of new data: whether its labels fit the model, and whether other preprocessing fits better. Results are facts, like
 * measurements: undo does not cover them, and a reload does not bring them back.
 */
import { createStore } from 'zustand/vanilla';
import type { Device } from '../../../engine/metrics/cell';
import type { AccuracyWarning } from '../../../engine/metrics/evaluation';
import { endingsOf } from '../../../engine/metrics/output-kind';
import { dataFilesOf, filesOf, originalFilesKey } from '../../platform/file-registry';
import { currentJobs, runJob, type JobHandle } from '../jobs/job-runner';
import { mostThreads } from '../workspace/measurement-actions';
import { cellKey, originalId, workspaceStore, type WorkspaceState } from '../workspace/workspace-store';
import { warnOfClasses } from './data-mapping';
import { changeSinceEvaluation, currentContext, isDataFed, orderedEvaluations, sha256OfRow } from './data-selectors';

interface CheckedData {
  /** `basisOf` the checked work. */
  readonly basis: string;
  readonly warnings: readonly AccuracyWarning[];
  /** Why the check was skipped, in a sentence. Absent: it was not. */
  readonly skipped?: string;
  /** The time that a skipped check needs. */
  readonly neededMs?: number;
}

export const dataCheckStore = createStore<{ readonly latest: CheckedData | null }>(() => ({ latest: null }));

type CheckedWork = Pick<
  WorkspaceState,
  'original' | 'variants' | 'data' | 'evaluations' | 'evaluationProvider' | 'freeDimensions'
>;

function basisOf(state: CheckedWork): string {
  const context = currentContext(state, originalId);
  // The SHA-256 of a large model comes later.
  const { name, sizeBytes } = state.original?.inspection.file ?? {};
  return JSON.stringify([[name, sizeBytes], context && [context.dataKey, context.mapping, context.freeDimensions]]);
}

const noWarnings: readonly AccuracyWarning[] = [];

function evaluatedOriginal(state: CheckedWork) {
  return orderedEvaluations(state).find(
    ({ evaluation: { variant, ep } }) =>
      variant === originalId && changeSinceEvaluation(state, cellKey(variant, ep)) !== 'more',
  )?.evaluation;
}

/** The latest check, while model, data and mapping are those that it checked. An evaluation of the original replaces it. */
function standingCheck(state: CheckedWork, { latest } = dataCheckStore.getState()): CheckedData | null {
  if (latest === null || latest.basis !== basisOf(state)) return null;
  return evaluatedOriginal(state) === undefined ? latest : null;
}

/** Warnings of the latest check, while it stands. */
export function checkWarnings(state: CheckedWork, found = dataCheckStore.getState()): readonly AccuracyWarning[] {
  return standingCheck(state, found)?.warnings ?? noWarnings;
}

/** Warnings of the evaluation of the original. Before it, those of the latest check. */
export function openWarnings(state: CheckedWork, found = dataCheckStore.getState()): readonly AccuracyWarning[] {
  return evaluatedOriginal(state)?.accuracy?.warnings ?? checkWarnings(state, found);
}

/** The latest check, if it was skipped and stands. */
export function skippedCheck(
  state: CheckedWork,
  found = dataCheckStore.getState(),
): { readonly skipped: string; readonly neededMs: number | undefined } | undefined {
  const { skipped, neededMs } = standingCheck(state, found) ?? {};
  return skipped === undefined ? undefined : { skipped, neededMs };
}

/** Checks again, with the time that the skipped check lacked. A busy machine may take twice the estimate. */
export function checkWithTime(): Promise<unknown> {
  const needed = skippedCheck(workspaceStore.getState())?.neededMs ?? 0;
  return checkData(Math.max(leastLongMs, 2 * needed));
}

const leastLongMs = 20_000;

let running: Promise<unknown> = Promise.resolve();

/** Resolves when the latest check has ended. A search waits for it. */
export function checkEnded(): Promise<unknown> {
  return running;
}

/**
 * Checks the data of the work, if it has labels. Reports no errors: an evaluation meets and reports them too.
 * @param mostMs the time that it takes at most. Absent: five seconds, which is too short for a slow model.
 */
export function checkData(mostMs?: number): Promise<unknown> {
  running = checkNow(mostMs);
  return running;
}

/** Nothing is timed, so all cores help; the runtime uses at most four. */
function threadsForCheck(device: Device): number {
  return Math.max(device.threads, Math.min(4, mostThreads(device)));
}

async function checkNow(mostMs: number | undefined): Promise<void> {
  const state = workspaceStore.getState();
  const { original, data, freeDimensions, threads, device } = state;
  const context = currentContext(state, originalId);
  const files = data === null ? undefined : dataFilesOf(data.evaluation.key);
  const model = filesOf(originalFilesKey);
  if (original === null || data === null || context === null || files === undefined || model === undefined) return;
  if (data.mapping.labels === null || !isDataFed(state)) return;
  const basis = basisOf(state);
  const known = warnOfClasses(data.mapping, data.evaluation.description, original.inspection.outputs);
  if (known !== undefined) dataCheckStore.setState({ latest: { basis, warnings: [known] } });
  const work = async (job: JobHandle): Promise<void> => {
    const request = {
      models: [{ id: originalId, files: model, sha256: sha256OfRow(state, originalId) }],
      ep: 'wasm',
      threads: threads ?? (device === null ? 1 : threadsForCheck(device)),
      freeDimensions,
      mapping: data.mapping,
      endings: endingsOf(original.inspection.outputs),
      split: context.split,
      ...(mostMs !== undefined && { mostMs }),
    } as const;
    const found = await currentJobs()
      .data.check(job, files, request)
      .catch(() => null);
    job.signal.throwIfAborted();
    // A result for former data or a former mapping is dropped.
    if (found !== null && basis === basisOf(workspaceStore.getState())) {
      const { skipped, neededMs } = found;
      const isSaid = known === undefined || found.warnings.some(({ code }) => code === known.code);
      const warnings = isSaid ? found.warnings : [known, ...found.warnings];
      dataCheckStore.setState({ latest: { basis, warnings, ...(skipped !== undefined && { skipped, neededMs }) } });
    }
  };
  // The same data with another mapping is another check.
  await runJob('check-data', data.evaluation.description.name, work, `check-data|${basis}`);
}
