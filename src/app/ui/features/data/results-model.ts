/** The results as data: a row for each variant, with the claims that its figures allow. Pure. */
import type { Accuracy, Estimate } from '../../../../engine/metrics/evaluation';
import { hasScoredLabels } from '../../../../engine/data/mapping/evaluation-problem';
import { leadingEstimate } from '../../../../engine/metrics/describe-accuracy';
import { isEvaluationStale } from '../../../state/data/data-selectors';
import { selectRowIds, variantName } from '../../../state/workspace/selectors';
import { cellKey, type RecordedEvaluation, type WorkspaceState } from '../../../state/workspace/workspace-store';
import { colorOfRow } from '../../theme/variant-color';

export interface ResultRow {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  /** `null`: not evaluated on this provider. */
  readonly recorded: RecordedEvaluation | null;
  readonly stale: boolean;
}

export function resultRows(state: WorkspaceState): readonly ResultRow[] {
  return selectRowIds(state).map((id) => {
    const key = cellKey(id, state.evaluationProvider);
    return {
      id,
      name: variantName(state, id),
      color: colorOfRow(state, id),
      recorded: state.evaluations[key] ?? null,
      stale: isEvaluationStale(state, key),
    };
  });
}

/**
 * The reason why a row has no figures, or no accuracy although there are labels, as a sentence. `null` if nothing is
 * missing.
 */
export function resultProblem({ recorded }: Pick<ResultRow, 'recorded'>): string | null {
  if (recorded === null) return null;
  const { evaluation, context } = recorded;
  if (evaluation.failure !== undefined) return evaluation.failure;
  if (!hasScoredLabels(context.mapping) || evaluation.accuracy !== null) return null;
  return 'The labels fit no output of the model, so accuracy is unknown. Change them under “Labels and task”.';
}

/** Metrics that some row has, the leading one first. */
export function metricsOf(rows: readonly ResultRow[]): readonly string[] {
  const found = rows.flatMap(({ recorded }) => Object.keys(recorded?.evaluation.accuracy?.metrics ?? {}));
  const leading = rows.map(({ recorded }) => leadingOf(recorded?.evaluation.accuracy ?? null)?.metric);
  return [...new Set([...leading.filter((metric) => metric !== undefined), ...found])];
}

export function leadingOf(accuracy: Accuracy | null): ReturnType<typeof leadingEstimate> {
  return accuracy === null ? null : leadingEstimate({ task: accuracy.task.kind, metrics: accuracy.metrics });
}

export interface Axis {
  readonly from: number;
  readonly to: number;
}

/** An axis that all intervals fit on, in steps of five hundredths. It need not start at zero: it carries no bars. */
export function axisFor(estimates: readonly Estimate[]): Axis {
  const low = Math.min(...estimates.map(({ interval }) => interval[0]));
  const high = Math.max(...estimates.map(({ interval }) => interval[1]));
  const step = 0.05;
  const from = Math.max(0, Math.floor(low / step + 1e-9) * step);
  const to = Math.min(1, Math.ceil(high / step - 1e-9) * step);
  return to > from ? { from, to } : { from: Math.max(0, from - step), to: Math.min(1, from + step) };
}

/** The place of a value on the axis, 0 to 1. */
export function placeOn({ from, to }: Axis, value: number): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}
