import { asComparable } from '../../engine/metrics/describe-randomness';
import type { Accuracy, DataMatch, Evaluation } from '../../engine/metrics/evaluation';
import type { EvaluationChanges } from './collect-changes';
import type { EvaluatedModel } from './evaluated-model';
import type { EvaluateModelsRequest } from './evaluate-models-request';
import type { ModelScorers } from './model-scorers';
import type { OpenedModels } from './open-models';
import type { SkippedSamples } from './skipped-samples';

/** The results of a run. */
export interface FinishedRun {
  readonly scorers: ModelScorers;
  /** Samples that were scored or, without labels, compared. */
  readonly evaluated: number;
  readonly skipped: SkippedSamples;
  /** Samples that were run together. */
  readonly batch: number;
  readonly hasRecordedOutputs: boolean;
  /** The reason why the original's outputs are no reference, because it does not repeat them, as a sentence. */
  readonly randomness: string | undefined;
  readonly changes: EvaluationChanges | undefined;
}

/** One evaluation per model of the request. `ms`: of the whole. */
export function evaluationResults(
  { ep, threads, models }: EvaluateModelsRequest,
  opened: OpenedModels,
  run: FinishedRun,
  ms: number,
): readonly Evaluation[] {
  const { skipped, batch } = run;
  return models.map(({ id }) => {
    const common = { variant: id, ep, skipped: skipped.count, skippedSamples: skipped.named, batch, threads, ms };
    const model = opened.models.find((one) => one.id === id);
    const failure = model?.failure ?? opened.failures.get(id);
    if (model === undefined || failure !== undefined) {
      return { ...common, samples: 0, accuracy: null, runMs: model?.runMs ?? 0, failure };
    }
    return { ...common, batch: model.batchOf(batch), ...figuresOf(model, opened.models[0]!, run) };
  });
}

function figuresOf(model: EvaluatedModel, original: EvaluatedModel, run: FinishedRun) {
  const { scorers, evaluated, hasRecordedOutputs, randomness } = run;
  const isVariant = model !== original;
  const difference = isVariant ? scorers.differenceOf(model, original) : undefined;
  const changes = isVariant && randomness === undefined ? run.changes?.resultOf(model) : undefined;
  const outputMatch = isVariant ? asComparable(model.comparison.result(), randomness) : undefined;
  return {
    samples: evaluated,
    accuracy: withNextTokens(scorers.accuracyOf(model, original), outputMatch),
    ...(difference && { difference }),
    ...(outputMatch && { outputMatch }),
    ...(changes && { changes }),
    // Recorded outputs are the original's. The original must reproduce them, while a variant may differ more.
    ...(hasRecordedOutputs && {
      recorded: asComparable(model.recorded.result({ unchanged: !isVariant }), randomness),
    }),
    runMs: model.runMs,
  };
}

/** A model that writes is also measured by how often it would write the same token as the original. */
function withNextTokens(accuracy: Accuracy | null, match: DataMatch | undefined): Accuracy | null {
  if (accuracy?.task.kind !== 'next-token' || match?.comparable === false) return accuracy;
  const { output } = accuracy.task;
  const same = match?.perOutput.find(({ name }) => name === output)?.stepAgreement;
  return same === undefined ? accuracy : { ...accuracy, metrics: { ...accuracy.metrics, nextTokenAgreement: same } };
}
