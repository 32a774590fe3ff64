/** Runs models on data and evaluates their outputs, on any session host. */
import type { ReadContext } from '../../engine/data/dataset';
import { scalableInputs } from '../../engine/data/mapping/scalable-inputs';
import { evaluationProblem } from '../../engine/data/mapping/evaluation-problem';
import { ParetoError } from '../../engine/errors';
import { fitClassOrder } from '../../engine/metrics/class-order';
import { doubtOf } from '../../engine/metrics/accuracy-warnings';
import type { Evaluation } from '../../engine/metrics/evaluation';
import { proportion } from '../../engine/metrics/proportion-interval';
import type { Progress } from '../../engine/progress';
import { openModels } from './open-models';
import type { EvaluateModelsRequest } from './evaluate-models-request';
import { evaluationResults } from './evaluation-results';
import { EvaluationRun } from './evaluation-run';
import {
  leastGain,
  probePreprocessing,
  warnOfPreprocessing,
  type EvaluateMapping,
  type PreprocessingProbe,
  type ProbedAccuracy,
  type ProbeLimits,
} from './probe-preprocessing';
import { withSequenceAgreement } from './sequence-agreement';
import type { SessionHost } from '../session/session-host';

/**
 * Evaluates models on the same samples. All sessions are open at once, their runs take turns, and each sample is read
 * and preprocessed once. Without labels, outputs are only compared with the first model's, and with recorded ones if
 * the data has them. A variant that cannot be run has a `failure`, and the others continue. Rejects if the original
 * cannot be run (`evaluate/original`), if no sample can be used (`evaluate/no-samples`), or if the mapping does not fit
 * (`mapping/…`, `data/…`). Rejects with the signal's reason when canceled.
 *
 * If the labels contradict the original itself, no variant has a difference to it: such a figure would mean nothing.
 *
 * Progress counts samples over all models, parts of those that take many steps, and texts that models write. At most
 * two batches of samples are in memory.
 */
export async function evaluateModels(
  context: ReadContext,
  host: SessionHost,
  request: EvaluateModelsRequest,
  onProgress: (progress: Progress) => void,
): Promise<readonly Evaluation[]> {
  const { generate: count, indices, models } = request;
  const scored = indices.length * models.length;
  const total = scored + (count === undefined ? 0 : indices.length);
  let evaluations = await evaluateAsMapped(context, host, request, ({ stage, done }) =>
    onProgress({ stage, done, total }),
  );
  if (count !== undefined) {
    const onTexts = (texts: number) => onProgress({ stage: 'Writing texts', done: scored + texts, total });
    evaluations = await withSequenceAgreement(context, host, request, { evaluations, count, onTexts });
    onTexts(indices.length);
  }
  const onProbe = () => onProgress({ stage: 'Checking the preprocessing', done: total, total });
  return withoutMeaningless(await withProbe(context, host, request, { evaluations, onProbe }));
}

interface Probing {
  /** Evaluations of that request: the original's first. */
  readonly evaluations: readonly Evaluation[];
  /** It may take no longer. */
  readonly mostSeconds?: number;
  /** Limits on the samples; defaults if absent. */
  readonly limits?: ProbeLimits;
  onProbe?(): void;
}

/** Evaluations with a warning where another way to feed the data suits the original clearly better. Rejects as `evaluateModels` does. */
export async function withProbe(
  context: ReadContext,
  host: SessionHost,
  request: EvaluateModelsRequest,
  { evaluations, mostSeconds = mostProbeSeconds, limits, onProbe }: Probing,
): Promise<readonly Evaluation[]> {
  const seconds = probeSeconds(request, evaluations[0]);
  if (seconds === undefined || seconds > mostSeconds) return evaluations;
  onProbe?.();
  const probe = await probeMapping(context, host, request, limits);
  return probe === undefined ? evaluations : evaluations.map((evaluation) => withWarning(evaluation, probe));
}

function withoutMeaningless(evaluations: readonly Evaluation[]): readonly Evaluation[] {
  const [original] = evaluations;
  if (original === undefined || doubtOf(original) === undefined) return evaluations;
  return evaluations.map(({ difference: _difference, ...evaluation }) => evaluation);
}

/** The time limit of the probe in seconds. Nobody asked for the probe, so nobody should wait longer for it. */
const mostProbeSeconds = 20;
/** Seven scalings on 48 samples, two on 200. */
const probeRuns = 7 * 48 + 2 * 200;

/** Estimated seconds of a usual probe. `undefined`: there is nothing to probe. */
function probeSeconds(
  { mapping, dataset }: EvaluateModelsRequest,
  original: Evaluation | undefined,
): number | undefined {
  const isEvaluated = original?.accuracy !== null && original !== undefined && original.samples > 0;
  const right = original?.accuracy?.metrics['top1'] ?? original?.accuracy?.metrics['accuracy'];
  const isScalable = scalableInputs(mapping, dataset.description).length > 0;
  // No other scaling could be clearly better than this accuracy.
  if (!isEvaluated || right === undefined || right.value > 1 - leastGain || !isScalable) return undefined;
  return ((original.runMs / original.samples) * probeRuns) / 1000;
}

/**
 * Proposes another scaling of pixels or columns that makes clearly more outputs of the original right; `undefined` if
 * none does. Rejects as `evaluateModels` does.
 */
export function probeMapping(
  context: ReadContext,
  host: SessionHost,
  request: EvaluateModelsRequest,
  limits?: ProbeLimits,
): Promise<PreprocessingProbe | undefined> {
  const models = request.models.slice(0, 1);
  const evaluate: EvaluateMapping = async (sessions, mapping, indices) => {
    const asked = { ...request, models, mapping, indices };
    const [evaluation] = await evaluateAsMapped(context, sessions, asked, () => undefined);
    return evaluation && rightAnswers(evaluation);
  };
  return probePreprocessing(context, host, request, evaluate, limits);
}

/**
 * Returns the share of right answers. If a warning proposes another order of classes, the share is that of the proposed
 * order, because scaling and order are checked separately.
 */
function rightAnswers({ accuracy, samples }: Evaluation): ProbedAccuracy | undefined {
  const asEvaluated = accuracy?.metrics['top1'] ?? accuracy?.metrics['accuracy'];
  const confusion = accuracy?.classes?.confusion;
  const isDoubted = accuracy?.warnings?.some(({ code }) => code === 'class-order');
  if (asEvaluated === undefined || confusion === undefined || !isDoubted) return asEvaluated;
  const counts = confusion.flatMap((row, label) => row.map((count, predicted) => ({ label, predicted, count })));
  const occurring = counts.filter(({ count }) => count > 0);
  return { ...proportion(fitClassOrder(occurring, confusion.length).correct, samples), hasOtherOrder: true };
}

function withWarning(evaluation: Evaluation, probe: PreprocessingProbe): Evaluation {
  const { accuracy } = evaluation;
  if (accuracy === null) return evaluation;
  const warnings = [warnOfPreprocessing(probe), ...(accuracy.warnings ?? [])];
  return { ...evaluation, accuracy: { ...accuracy, warnings } };
}

/** The same without a look at whether pixels and columns are fed well. */
export async function evaluateAsMapped(
  context: ReadContext,
  host: SessionHost,
  request: EvaluateModelsRequest,
  onProgress: (progress: Progress) => void,
): Promise<readonly Evaluation[]> {
  refuseWithoutLabels(request);
  const started = performance.now();
  const total = request.indices.length * request.models.length;
  onProgress({ stage: 'Loading the models', done: 0, total });
  const opened = await openModels(context, host, request);
  try {
    const run = new EvaluationRun(context, request, opened, (done) => onProgress({ stage: 'Evaluating', done, total }));
    const finished = await run.run();
    return evaluationResults(request, opened, finished, performance.now() - started);
  } finally {
    for (const model of opened.models) model.close();
  }
}

/** Refuses before anything is loaded. */
function refuseWithoutLabels({ mapping, models, dataset }: EvaluateModelsRequest): void {
  const { labels, task } = mapping;
  const needsLabels = task !== undefined && task.kind !== 'match' && task.kind !== 'next-token';
  if (labels === null && needsLabels) {
    throw new ParetoError('mapping/labels', `The task ${task.kind} needs labels. Set the label field in the mapping.`);
  }
  const problem = evaluationProblem(mapping, dataset.description, models.length);
  if (problem !== undefined) throw new ParetoError('evaluate/nothing', problem);
}
