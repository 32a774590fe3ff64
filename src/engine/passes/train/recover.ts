/** Trains a model to give its teacher's outputs. `fine-tune` uses it, and so do passes that prune in rounds. */
import type { Model } from '../../onnx/graph';
import type { TrainingResult } from '../../training/trainer';
import { refuseWhole, type PassContext, type Refusal } from '../pass';
import { exportTrained, findExportProblem } from './export-trained';
import type { TrainingOptions } from './training-options';
import { runTraining, type LossPoints } from './run-training';

export interface Recovery {
  /**
   * The trained model, simplified: batch normalization is part of the convolutions. The very model that was given where the
   * weights did not get better.
   */
  readonly model: Model;
  readonly refusals: readonly Refusal[];
  /** The training; absent if nothing was trained, and the refusals state why. */
  readonly training?: {
    readonly result: TrainingResult;
    readonly points: LossPoints;
    /** The number of trained weights. */
    readonly parameters: number;
  };
}

/**
 * Trains and keeps the better of the two models, proven to answer as the step did. A model that is its own teacher is refused at
 * once. Rejects as `runTraining` does.
 */
export async function recover(
  model: Model,
  teacher: Model,
  options: TrainingOptions,
  context: PassContext,
): Promise<Recovery> {
  if (model === teacher && options.loss === 'teacher') return { model, refusals: [nothingToLearn] };
  const trained = await runTraining({ model, teacher, options }, context);
  if ('code' in trained) return { model, refusals: [trained] };
  const { step, result, points, refusals, prepared, samples } = trained;
  const training = { result, points, parameters: step.layout.elements };
  const { weights } = result;
  if (weights === undefined) return { model, refusals: [...refusals, notBetter(result)], training };
  const better = exportTrained(prepared, step, weights);
  // There is a runtime: it has just trained.
  const check = { step, weights, samples, arithmetic: 'float' } as const;
  const problem = await findExportProblem(better, check, context.inference!, context.signal);
  if (problem !== undefined) return { model, refusals: [...refusals, problem], training };
  return { model: better, refusals, training };
}

const nothingToLearn = refuseWhole(
  'nothing-to-learn',
  "Its outputs already equal the teacher's. Put it after a pass that loses accuracy, or train with labels.",
);

function notBetter({ end }: TrainingResult): Refusal {
  return end === 'nothing-to-learn'
    ? nothingToLearn
    : refuseWhole('not-better', 'No step improved the held-out loss, so the weights stay unchanged.');
}
