/** Questions about the data of the work, and about what was found with it. Pure: state in, answer out. */
import { mappingWithTask } from '../../../engine/data/mapping/mapping-with-task';
import type { ChangedSamples } from '../../../engine/metrics/changes/changed-sample';
import type { DataMapping } from '../../../engine/data/mapping/mapping';
import { normalizedSplit, type DataSplit } from '../../../engine/data/split';
import type { ModelInterface } from '../../jobs/jobs';
import { usedSplit } from './calibration';
import { sameDimensions, selectRowIds } from '../workspace/selectors';
import {
  cellKey,
  originalId,
  type CellKey,
  type EvaluationContext,
  type Original,
  type RecordedEvaluation,
  type WorkData,
  type WorkspaceState,
} from '../workspace/workspace-store';

export function modelInterface({ inspection }: Original): ModelInterface {
  return { inputs: inspection.inputs, outputs: inspection.outputs };
}

/** The data is mapped to every input: without that nothing is evaluated, fitted or chosen on it. */
export function isDataFed({ original, data }: Pick<WorkspaceState, 'original' | 'data'>): boolean {
  if (original === null || data === null) return false;
  return original.inspection.inputs.every(({ name }) => Object.hasOwn(data.mapping.inputs, name));
}

/**
 * The initial split evaluates every sample, like the command line, so that both report the figure that others report of
 * the data. Only a pass that calibrates needs samples of its own, and to set some aside is one number. The seed is the
 * command line's too.
 */
export const wholeSplit: DataSplit = { seed: 0, calibration: 0, evaluation: null };

export function sameContent(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

type EvaluatedWork = Pick<
  WorkspaceState,
  'original' | 'variants' | 'data' | 'evaluations' | 'evaluationProvider' | 'freeDimensions'
>;

/** SHA-256 of the model that an evaluation would run. A large original has none until it is computed. */
export function sha256OfRow({ original, variants }: Pick<WorkspaceState, 'original' | 'variants'>, id: string): string {
  if (id === originalId) return original?.inspection.file.sha256 ?? '';
  return variants.find((variant) => variant.id === id)?.optimization.variant.sha256 ?? '';
}

/** The context that an evaluation would have if it ran at this moment; `null` without data. */
export function currentContext(
  state: EvaluatedWork,
  id: string,
): Omit<EvaluationContext, 'evaluatedAt' | 'device'> | null {
  const { data, freeDimensions } = state;
  if (data === null) return null;
  return {
    dataName: data.evaluation.description.name,
    dataKey: data.evaluation.key,
    mapping: data.mapping,
    split: usedSplit(data),
    freeDimensions,
    sha256: sha256OfRow(state, id),
  };
}

/** True when data, mapping, split or the model itself are no longer those that were evaluated. */
export function isEvaluationStale(state: EvaluatedWork, key: CellKey): boolean {
  return changeSinceEvaluation(state, key) !== undefined;
}

/**
 * Compares the context of an evaluation with the current one. `split` if only the samples differ, for instance after a
 * search set some aside; `undefined` if nothing differs.
 */
export function changeSinceEvaluation(state: EvaluatedWork, key: CellKey): 'split' | 'more' | undefined {
  const recorded = state.evaluations[key];
  if (recorded === undefined) return undefined;
  const now = currentContext(state, recorded.evaluation.variant);
  if (now === null || state.data === null) return 'more';
  const { samples } = state.data.evaluation.description;
  const { dataKey, mapping, split, freeDimensions, sha256 } = recorded.context;
  const isMore =
    now.dataKey !== dataKey ||
    (sha256 !== '' && now.sha256 !== sha256) ||
    !sameContent(now.mapping, mapping) ||
    !sameDimensions(now.freeDimensions, freeDimensions);
  if (isMore) return 'more';
  const isSplit = !sameContent(normalizedSplit(samples, now.split), normalizedSplit(samples, split));
  return isSplit ? 'split' : undefined;
}

/** The mapping of the work. If nobody chose a task, it has the task that evaluated the original. */
export function mappingToPassOn(state: EvaluatedWork & { readonly data: WorkData }): DataMapping {
  const standing = orderedEvaluations(state).find(
    ({ evaluation: { variant, ep } }) => variant === originalId && !isEvaluationStale(state, cellKey(variant, ep)),
  );
  return mappingWithTask(state.data.mapping, standing?.evaluation.accuracy ?? null);
}

/** The labeled evaluation that stands for a row: where variants are evaluated now, else anywhere. */
export function labeledEvaluation(state: EvaluatedWork, id: string): RecordedEvaluation | null {
  const ofRow = orderedEvaluations(state).filter(({ evaluation }) => evaluation.variant === id);
  return ofRow.find(({ evaluation }) => evaluation.accuracy !== null) ?? null;
}

/** True if data would give the selected row an accuracy: there is none, and no evaluation of the row. */
export function asksForData(state: EvaluatedWork & Pick<WorkspaceState, 'selected'>): boolean {
  return state.data === null && labeledEvaluation(state, state.selected) === null;
}

/** The changed samples of a variant, while its evaluation holds. */
export function evaluatedChanges(state: EvaluatedWork, id: string): ChangedSamples | undefined {
  return orderedEvaluations(state).find(
    ({ evaluation: { variant, ep, changes } }) =>
      variant === id && changes !== undefined && !isEvaluationStale(state, cellKey(variant, ep)),
  )?.evaluation.changes;
}

/** Evaluations, with those of the current evaluation provider first. */
export function orderedEvaluations({
  evaluations,
  evaluationProvider,
}: Pick<WorkspaceState, 'evaluations' | 'evaluationProvider'>): readonly RecordedEvaluation[] {
  const isElsewhere = ({ evaluation }: RecordedEvaluation): number => Number(evaluation.ep !== evaluationProvider);
  return Object.values(evaluations).toSorted((a, b) => isElsewhere(a) - isElsewhere(b));
}

/** Rows without a result that still holds. The original is among them when a variant has to be compared with it. */
export function selectRowsToEvaluate(state: WorkspaceState): readonly string[] {
  const missing = selectRowIds(state).filter((id) => {
    const key = cellKey(id, state.evaluationProvider);
    return !(key in state.evaluations) || isEvaluationStale(state, key);
  });
  return missing.length === 0 || missing.includes(originalId) ? missing : [originalId, ...missing];
}
