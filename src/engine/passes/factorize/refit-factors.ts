/**
 * Fits the second of two layers to the original's outputs, one after the other, from the outputs of the first in the
 * smaller model.
 */
import { constantsOf } from '../../onnx/constant-node';
import type { Model } from '../../onnx/graph';
import type { PassContext } from '../pass';
import { refitInGroups } from '../prune/channels/repair/refit-in-groups';
import type { LayerRepair } from '../prune/channels/repair/solve-layer';
import { repairableLayers } from '../prune/channels/repair/repairable-layers';
import type { FactorizeEvidence } from './factorize-evidence';
import type { FactorizedModel } from './write-factors';

/** Layers whose fit does not help on held-out samples keep their factors. */
export function refitFactors(
  original: Model,
  { model: student, seconds }: FactorizedModel,
  { samples }: FactorizeEvidence,
  context: Pick<PassContext, 'signal' | 'checkpoint'> & { readonly inference: NonNullable<PassContext['inference']> },
  progress: (done: number, total: number) => void,
): Promise<{ readonly model: Model; readonly repairs: readonly LayerRepair[] }> {
  const layers = repairableLayers(student, { constants: constantsOf(student) }, inOrder(student, seconds));
  const { signal, inference } = context;
  return refitInGroups({
    ...{ signal, inference, original, student, layers, samples, progress },
    checkpoint: () => context.checkpoint(),
  });
}

function inOrder({ graph }: Model, seconds: FactorizedModel['seconds']): FactorizedModel['seconds'] {
  const positions = new Map(graph!.nodes.flatMap(({ outputs }, at) => outputs.map((name) => [name, at] as const)));
  const positionOf = ({ node }: FactorizedModel['seconds'][number]): number => positions.get(node.outputs[0]!) ?? 0;
  return seconds.toSorted((a, b) => positionOf(a) - positionOf(b));
}
