/** Runs models on data and judges what comes out, on whatever host the sessions live. */
import type { ReadContext } from '../../engine/data/dataset';
import { judgingProblem } from '../../engine/data/mapping/judging-problem';
import { ParetoError } from '../../engine/errors';
import type { Evaluation } from '../../engine/metrics/evaluation';
import type { Progress } from '../../engine/progress';
import { openModels } from './open-models';
import type { EvaluateModelsRequest } from './evaluate-models-request';
import { evaluationResults } from './evaluation-results';
import { EvaluationRun } from './evaluation-run';
import type { SessionHost } from '../session/session-host';

/**
 * Evaluates models on the same samples: all sessions are open at once, their runs take turns, and each sample is read and
 * preprocessed once. Without labels, outputs are only compared with the first model's, and with those that the data records,
 * where it does. A variant that cannot be run has
 * a `failure` and the others go on. Rejects when the original cannot be run (`evaluate/original`), when no sample can be
 * used (`evaluate/no-samples`), when the mapping does not fit (`mapping/…`, `data/…`), and with the signal's reason when
 * cancelled.
 *
 * Progress counts samples over all models, and parts of those that take many steps. At most two batches of samples are in memory.
 */
export async function evaluateModels(
  context: ReadContext,
  host: SessionHost,
  request: EvaluateModelsRequest,
  onProgress: (progress: Progress) => void,
): Promise<readonly Evaluation[]> {
  refuseWithoutJudgement(request);
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

/** Before anything is loaded. */
function refuseWithoutJudgement({ mapping, models, dataset }: EvaluateModelsRequest): void {
  const { labels, task } = mapping;
  if (labels === null && task !== undefined && task.kind !== 'match') {
    throw new ParetoError('mapping/labels', `To judge a ${task.kind}, the mapping must say where the labels are.`);
  }
  const problem = judgingProblem(mapping, dataset.description, models.length);
  if (problem !== undefined) throw new ParetoError('evaluate/nothing', problem);
}
