/** The document of an evaluation: what `evaluate --json` prints and the library returns. */
import { mappingWithTask } from '../../engine/data/mapping/mapping-with-task';
import type { DatasetDescription } from '../../engine/data/dataset';
import type { DataMapping, EvaluationTask } from '../../engine/data/mapping/mapping';
import type { DataSplit, FirstSamples } from '../../engine/data/split';
import { ParetoError } from '../../engine/errors';
import { verdictOfEvaluation } from '../../engine/search/candidate-verdict';
import { usualGoal, type SearchLimits } from '../../engine/search/search-goal';
import type { LossVerdict } from '../../engine/verdict/loss-verdict';
import type { AccuracyWarning, ClassResults, Evaluation } from '../../engine/metrics/evaluation';

/** The JSON document: a contract, so from the first release on keys are only ever added. */
export interface EvaluationResult extends ModelEvaluation {
  readonly ep: Evaluation['ep'];
  readonly batch: number;
  readonly threads: number;
  readonly skippedSamples: Evaluation['skippedSamples'];
  readonly against?: ModelEvaluation & { readonly difference?: Evaluation['difference'] };
  readonly outputMatch?: Evaluation['outputMatch'];
  readonly data: Pick<DatasetDescription, 'name' | 'format' | 'samples' | 'sizeBytes' | 'notes'> & {
    /** SHA-256 over paths and contents of all files. */
    readonly fingerprint: string;
  };
  /** The requested samples. `seed` is null if nothing is drawn: the first samples, in the order of the data. */
  readonly split: { readonly seed: number | null } & Pick<DataSplit, 'calibration' | 'evaluation'>;
  /** The mapping, with the detected task if none was given. */
  readonly mapping: DataMapping;
  /** The reasons for the mapping, if it was inferred. */
  readonly mappingReasons: readonly string[];
  /** The loss against the limit. Absent without an original to compare with. */
  readonly lossVerdict?: LossVerdict;
  /** The throughput of the model's runs alone. */
  readonly throughput: { readonly samplesPerSecond: number; readonly runMs: number };
  readonly ms: number;
}

export interface ModelIdentity {
  readonly name: string;
  /** The hash of the model file. */
  readonly sha256: string;
}

export interface ModelEvaluation {
  readonly model: ModelIdentity;
  readonly samples: number;
  readonly skipped: number;
  readonly task: EvaluationTask;
  readonly metrics: NonNullable<Evaluation['accuracy']>['metrics'];
  readonly classes?: ClassResults;
  readonly undecided?: number;
  /**
   * Reasons to doubt the figures, such as labels and outputs that do not mean the same classes. Empty if there are
   * none.
   */
  readonly warnings: readonly AccuracyWarning[];
  /** The comparison with the outputs that the data records; absent if it records none. */
  readonly recorded?: Evaluation['recorded'];
}

export interface EvaluationFacts {
  readonly description: DatasetDescription;
  readonly fingerprint: string;
  /** The mapping, with the reasons if it was inferred. */
  readonly chosen: { readonly mapping: DataMapping; readonly reasons: readonly string[] };
  readonly choice: DataSplit | FirstSamples;
  /** Absent: the default ones. */
  readonly limits?: SearchLimits;
}

function splitOf(choice: DataSplit | FirstSamples): EvaluationResult['split'] {
  if ('first' in choice) return { seed: null, calibration: 0, evaluation: choice.first };
  const { seed, calibration, evaluation } = choice;
  return { seed, calibration, evaluation };
}

/**
 * The document of the last model; the original comes first if there are two. Throws `evaluate/failed` when the model
 * itself could not be run.
 */
export function evaluationDocument(
  evaluations: readonly Evaluation[],
  models: readonly ModelIdentity[],
  { description, fingerprint, chosen, choice, limits = usualGoal.limits }: EvaluationFacts,
): EvaluationResult {
  const own = evaluations.at(-1)!;
  const original = models.length > 1 ? models[0] : undefined;
  if (own.failure !== undefined) throw new ParetoError('evaluate/failed', own.failure);
  const { name, format, samples, sizeBytes, notes } = description;
  const { difference, outputMatch, skippedSamples, ep, batch, threads, runMs, ms } = own;
  const setAside = 'first' in choice ? 0 : choice.calibration;
  const known =
    original && verdictOfEvaluation(evaluations[0], own, limits, { available: samples - Math.min(samples, setAside) });
  return {
    ...evaluationOf(models.at(-1)!, own),
    skippedSamples,
    ...(original && { against: { ...evaluationOf(original, evaluations[0]!), ...(difference && { difference }) } }),
    ...(outputMatch && { outputMatch }),
    ...(known && { lossVerdict: known.verdict }),
    ep,
    batch,
    threads,
    data: { name, format, samples, sizeBytes, notes, fingerprint },
    split: splitOf(choice),
    mapping: mappingWithTask(chosen.mapping, evaluations[0]!.accuracy),
    mappingReasons: chosen.reasons,
    throughput: { samplesPerSecond: (own.samples / runMs) * 1000, runMs },
    ms,
  };
}

function evaluationOf(model: ModelIdentity, { samples, skipped, accuracy, recorded }: Evaluation): ModelEvaluation {
  const { task = { kind: 'match' } as const, metrics = {}, classes, undecided, warnings = [] } = accuracy ?? {};
  return {
    model,
    samples,
    skipped,
    task,
    metrics,
    ...(classes && { classes }),
    ...(undecided !== undefined && { undecided }),
    warnings,
    ...(recorded && { recorded }),
  };
}
