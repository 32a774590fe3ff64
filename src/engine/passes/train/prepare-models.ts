/** Student and teacher made ready for a step: simplified, so that normalization is part of the convolutions, in one operator set. */
import type { Model } from '../../onnx/graph';
import { defaultOpsetVersion, wholeModel } from '../../onnx/traverse';
import { upgradeOpset } from '../../onnx/upgrade/upgrade-opset';
import { leastStepOpset } from '../../training/prepare-forward';
import { resolveOptions } from '../options';
import type { PassContext, Refusal } from '../pass';
import { simplify } from '../simplify/simplify';

export interface PreparedModels {
  /** The student as it will be exported, but for its weights. */
  readonly exported: Model;
  /** The same in the operator set of the step. */
  readonly student: Model;
  readonly teacher: Model;
}

/** Rejects as the passes do that it runs. */
export async function prepareModels(
  {
    model,
    teacher,
    leastOpset = leastStepOpset,
  }: { readonly model: Model; readonly teacher: Model; readonly leastOpset: number | undefined },
  context: PassContext,
): Promise<PreparedModels | Refusal> {
  const quiet: PassContext = { ...context, progress: () => undefined, observe: () => undefined };
  const simplified = async (each: Model): Promise<Model> =>
    (await simplify.run(each, resolveOptions(simplify, {}), quiet)).model;
  const exported = await simplified(model);
  const taught = teacher === model ? exported : await simplified(teacher);
  const versions = [exported, taught].map(defaultOpsetVersion);
  const opset = versions.reduce((a, b) => (a > b ? a : b), BigInt(leastOpset));
  const student = await convert(exported, opset, context);
  if ('code' in student) return student;
  const upgraded = await convert(taught, opset, context);
  return 'code' in upgraded ? upgraded : { exported, student, teacher: upgraded };
}

async function convert(model: Model, opset: bigint, context: PassContext): Promise<Model | Refusal> {
  const outcome = await upgradeOpset(model, opset, () => context.checkpoint());
  if (outcome.kind !== 'refused') return outcome.model;
  const place = outcome.node ?? wholeModel;
  const reason = `Training needs operator set ${opset}, to which the model cannot be converted: ${outcome.reason}`;
  return { ...place, code: 'not-trainable', reason };
}
