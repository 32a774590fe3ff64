/** Evaluates variants on the data, and keeps the results. One evaluation is one step to undo. */
import { withoutPadding } from '../../../engine/data/mapping/unpadded-texts';
import type { ExecutionProvider } from '../../../engine/metrics/cell';
import { withNamedClasses } from '../../../engine/metrics/changes/describe-changes';
import type { Evaluation } from '../../../engine/metrics/evaluation';
import { endingsOf } from '../../../engine/metrics/output-kind';
import { formatCounted, formatProvider } from '../../../engine/format';
import type { EvaluateRequest } from '../../jobs/jobs';
import { dataFilesOf, filesOf, originalFilesKey } from '../../platform/file-registry';
import { announce } from '../window/app-store';
import { currentContext, selectRowsToEvaluate, sha256OfRow } from '../data/data-selectors';
import { currentJobs, runJob, type JobHandle } from '../jobs/job-runner';
import { remakeVariant } from '../recipe/optimize-actions';
import { changeDocument } from '../workspace/history';
import { selectAvailableProviders, selectRowIds } from '../workspace/selectors';
import { cellKey, originalId, workspaceStore, type WorkspaceState } from '../workspace/workspace-store';

/** Evaluates all models without a fresh result, or all of them if every result is fresh. */
export async function evaluateVariants(): Promise<void> {
  const state = workspaceStore.getState();
  const missing = selectRowsToEvaluate(state);
  await evaluateRows(missing.length > 0 ? missing : selectRowIds(state));
}

async function evaluateRows(ids: readonly string[]): Promise<void> {
  const { data, variants } = workspaceStore.getState();
  if (data === null || dataFilesOf(data.evaluation.key) === undefined) return;
  for (const variant of variants) {
    if (ids.includes(variant.id) && !(await remakeVariant(variant))) return;
  }
  const state = workspaceStore.getState();
  const files = dataFilesOf(data.evaluation.key);
  const request = requestFor(state, ids);
  if (files === undefined || request === null) return;
  const subject = formatCounted(request.models.length, 'variant');
  const work = async (job: JobHandle): Promise<void> => {
    const evaluations = await currentJobs().data.evaluate(job, files, request);
    recordEvaluations(evaluations, state);
    announce(`Evaluated ${subject} on ${formatCounted(evaluations[0]?.samples ?? 0, 'sample')}.`);
  };
  // The key contains the variants, because a job for as many other variants is a different one.
  const key = ['evaluate', request.ep, ...request.models.map(({ id }) => id)].join(' ');
  await runJob('evaluate', `${subject} on ${formatProvider(request.ep)}`, work, key);
}

/** The original comes first: the others are compared with it. */
function requestFor(state: WorkspaceState, ids: readonly string[]): EvaluateRequest | null {
  const { original, data, evaluationProvider, freeDimensions, threads, device } = state;
  const wanted = [originalId, ...ids.filter((id) => id !== originalId)];
  const models = wanted.flatMap((id) => {
    const filesKey = state.variants.find((variant) => variant.id === id)?.filesKey ?? originalFilesKey;
    const files = filesOf(filesKey);
    return files === undefined ? [] : [{ id, files, sha256: sha256OfRow(state, id) }];
  });
  const context = currentContext(state, originalId);
  if (data === null || context === null || original === null || models[0]?.id !== originalId) return null;
  const evaluated = [original, ...state.variants.filter(({ id }) => wanted.includes(id))];
  const inputs = evaluated.map(({ inspection }) => inspection.inputs);
  return {
    models,
    ep: evaluationProvider,
    threads: threads ?? device?.threads ?? 1,
    ...withoutPadding({ mapping: context.mapping, freeDimensions }, inputs, evaluationProvider),
    endings: endingsOf(original.inspection.outputs),
    split: context.split,
  };
}

/** `asked`: the state when the evaluation began; the mapping may have been edited since. */
export function recordEvaluations(evaluations: readonly Evaluation[], asked: WorkspaceState): void {
  const evaluatedAt = new Date().toISOString();
  const recorded = evaluations.flatMap((evaluation) => {
    const named = withClassNames(evaluation, asked.data);
    const context = currentContext(asked, evaluation.variant);
    if (context === null) return [];
    const { device } = asked;
    return [
      [cellKey(evaluation.variant, evaluation.ep), { evaluation: named, context: { ...context, evaluatedAt, device } }],
    ];
  });
  changeDocument('Evaluate variants', (document) => ({
    evaluations: { ...document.evaluations, ...(Object.fromEntries(recorded) as WorkspaceState['evaluations']) },
  }));
}

/** Names that came beside the data, for classes that the data itself only counts and nobody else named. */
function withClassNames(evaluation: Evaluation, data: WorkspaceState['data']): Evaluation {
  const names = data?.mapping.labels?.classes === undefined ? data?.evaluation.classNames : undefined;
  if (names === undefined) return evaluation;
  const { accuracy, changes } = evaluation;
  const classes = accuracy?.classes;
  return {
    ...evaluation,
    ...(classes?.names.length === names.length && { accuracy: { ...accuracy!, classes: { ...classes, names } } }),
    ...(changes && { changes: withNamedClasses(changes, names) }),
  };
}

/** The providers of this device that can evaluate variants; WASM is always among them. */
export function evaluationProviders(state: WorkspaceState): readonly ExecutionProvider[] {
  const available = selectAvailableProviders(state);
  return available.length === 0 ? ['wasm'] : available;
}
