import { formatCount } from '../../../format';
import type { Model } from '../../../onnx/graph';
import type { PassContext, PassOutcome } from '../../pass';
import type { TrainingOptions } from '../training-options';
import { teacherOf } from '../fit-teacher';
import { recover } from '../recover';
import { lossCurve, describeMachine } from '../run-training';
import { wholeModel } from '../../../onnx/traverse';

/**
 * Trains the float weights to give the outputs of the teacher or the labels. Keeps the model where no step was better on held-out samples.
 */
export async function runFineTune(model: Model, options: TrainingOptions, context: PassContext): Promise<PassOutcome> {
  const { model: tuned, refusals, training } = await recover(model, teacherOf(context), options, context);
  if (training === undefined) return { model, changes: [], refusals };
  const { result, points, parameters } = training;
  const details = { loss: lossCurve(points) };
  if (tuned === model) return { model, changes: [], refusals, details };
  const share = result.startLoss > 0 ? 100 * (1 - result.bestLoss / result.startLoss) : 0;
  return {
    model: tuned,
    changes: [{ ...wholeModel, what: `${formatCount(parameters)} weights trained` }],
    refusals,
    details,
    sentence: `${formatCount(result.steps)} steps reduced the loss on held-out samples by ${share.toFixed(0)} %.${context.teacher === undefined ? '' : ' The teacher was another model.'}${describeMachine(result)}`,
  };
}
