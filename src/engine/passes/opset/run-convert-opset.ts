/**
 * Converts the model to a newer operator set of ONNX: some operators, and some runtimes, need one. Every operator whose
 * meaning changed on the way is rewritten, so the answers stay the same.
 */
import type { Model } from '../../onnx/graph';
import { defaultOpsetVersion, wholeModel } from '../../onnx/traverse';
import { upgradeOpset } from '../../onnx/upgrade/upgrade-opset';
import { refuseWhole, type PassContext, type PassOutcome } from '../pass';
import type { ConvertOpsetOptions } from './convert-opset-options';

export async function runConvertOpset(
  model: Model,
  { target }: ConvertOpsetOptions,
  context: PassContext,
): Promise<PassOutcome> {
  await context.checkpoint();
  const outcome = await upgradeOpset(model, BigInt(target), () => context.checkpoint());
  context.progress({ stage: 'Converted', done: 1, total: 1 });
  if (outcome.kind === 'refused') {
    const reason = `The model stays unchanged: ${outcome.reason}`;
    const refusal = { ...(outcome.node ?? wholeModel), code: 'opset-not-convertible', reason };
    return { model, changes: [], refusals: [refusal] };
  }
  if (outcome.model === model) {
    const reason = `The model already uses operator set ${defaultOpsetVersion(model)}.`;
    return { model, changes: [], refusals: [refuseWhole('opset-new-enough', reason)] };
  }
  const changes = [
    ...outcome.changes.map((what) => ({ ...wholeModel, what })),
    ...outcome.nodes.map((node) => ({ ...node, what: 'Rewritten for the new operator set' })),
  ];
  return { model: outcome.model, changes, refusals: [] };
}
