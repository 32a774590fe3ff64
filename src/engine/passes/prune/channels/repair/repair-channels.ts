/** The two repairs of a model without some of its channels: at once, and layer after layer. */
import type { Inference } from '../../../../inference';
import { isLock, type AxisAtoms } from '../../../../onnx/coupling/atoms';
import type { ChannelLayer } from '../../../../onnx/coupling/channel-groups';
import type { CoupledChannels } from '../../../../onnx/coupling/couple-channels';
import { keptPositions, removeChannels } from '../../../../onnx/coupling/remove-channels';
import type { Model, Tensor, ValueName } from '../../../../onnx/graph';
import type { KeptPositions } from '../../../../onnx/ops/coupling/coupling-rule';
import type { ChannelScope } from '../channel-scope';
import type { Evidence } from '../trial/evidence';
import { foldChannels } from './fold-channels';
import { refitLayers, type RefitRequest } from './refit-layers';
import type { RepairableLayer } from './repairable-layers';
import type { LayerRepair } from './solve-layer';
import { trialWeights } from '../trial/trial-weights';

export interface Removal {
  readonly scope: ChannelScope;
  readonly evidence: Evidence;
  /** Classes of atoms that go. */
  readonly removed: ReadonlySet<number>;
  readonly checkpoint: () => Promise<void>;
}

/** Removes the channels. The other channels take over their part if that is wanted and helps on held-out samples. */
export async function repairAtOnce(
  { scope, evidence, removed, checkpoint }: Removal,
  isWanted: boolean,
): Promise<{ readonly model: Model; readonly divergence: number }> {
  const { coupled } = scope;
  const kept = keptPositions(coupled.space, removed);
  const divergenceWith = (tensors: ReadonlyMap<ValueName, Tensor>): Promise<number> =>
    evidence.trial.divergenceWith(trialWeights(scope, evidence, kept, tensors));
  let tensors: ReadonlyMap<ValueName, Tensor> = new Map();
  let divergence = await divergenceWith(tensors);
  if (isWanted) {
    const folded = await foldChannels({ ...evidence, coupled, kept, checkpoint });
    const after = await divergenceWith(folded);
    if (after < divergence) [tensors, divergence] = [folded, after];
  }
  return { model: await removeChannels(scope.model, coupled, removed, checkpoint, tensors), divergence };
}

export interface InTurn extends Pick<RefitRequest, 'signal' | 'progress'> {
  readonly inference: Inference;
}

/** Fits the remaining layers, one after the other, to the original's outputs. Rejects as runs of the model do. */
export function repairInTurn(
  { scope, evidence, removed, checkpoint }: Removal,
  student: Model,
  how: InTurn,
): Promise<{ readonly model: Model; readonly repairs: readonly LayerRepair[] }> {
  const { fit, validation } = evidence.samples;
  const kept = keptPositions(scope.coupled.space, removed);
  return refitLayers({
    ...how,
    student,
    layers: affectedLayers(scope.coupled, evidence.layers, kept),
    teacher: evidence.teacher,
    outputsOf: (layer) => outputsOf(scope, layer, kept),
    samples: [...fit, ...validation],
    fitted: fit.length,
    checkpoint,
  });
}

function outputsOf(
  { coupled }: ChannelScope,
  { weight, produces = 0 }: ChannelLayer,
  kept: KeptPositions,
): readonly number[] {
  const axis = coupled.values.get(weight)![produces]!;
  const size = Number(coupled.constants.get(weight)!.dims[produces]);
  return isLock(axis) ? Array.from({ length: size }, (_, at) => at) : kept(axis);
}

/** The layers that see less than before, or something else: those behind any layer that reads a removed channel, and that one. */
function affectedLayers(
  coupled: CoupledChannels,
  layers: readonly RepairableLayer[],
  kept: KeptPositions,
): readonly RepairableLayer[] {
  const byNode = new Map(layers.map((layer) => [layer.node, layer]));
  const loses = (axis: AxisAtoms | undefined): boolean =>
    axis !== undefined && !isLock(axis) && kept(axis).length < axis.length;
  const different = new Set<ValueName>();
  const affected: RepairableLayer[] = [];
  for (const { visit, coupling } of coupled.nodes) {
    const { node } = visit;
    const readsLess = (coupling.weights ?? []).some(
      ({ input, consumes }) => consumes !== undefined && loses(coupled.values.get(node.inputs[input]!)?.[consumes]),
    );
    if (!readsLess && !node.inputs.some((input) => different.has(input))) continue;
    for (const output of node.outputs) different.add(output);
    const layer = byNode.get(node);
    if (layer) affected.push(layer);
  }
  return affected;
}
