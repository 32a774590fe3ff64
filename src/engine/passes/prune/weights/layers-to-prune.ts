/** The layers whose weights are pruned row by row, one row for each output. */
import { channelGroups, type ChannelLayer } from '../../../onnx/coupling/channel-groups';
import { coupleChannels } from '../../../onnx/coupling/couple-channels';
import type { Model, Tensor } from '../../../onnx/graph';
import { inferModel } from '../../../onnx/infer';
import type { Refusal } from '../../pass';
import { layerMatrix, type LayerMatrix } from '../channels/repair/layer-matrix';
import { prunableWeights, type PrunableWeight } from './prunable-weights';
import type { PruneWeightsOptions } from './prune-weights-options';

export interface PrunedLayer {
  readonly weight: PrunableWeight;
  readonly layer: ChannelLayer;
  readonly tensor: Tensor;
  readonly matrix: LayerMatrix;
}

/** Finds the layers that the options choose. Refuses, with reasons, weights that are not read as one matrix. */
export function layersToPrune(
  model: Model,
  options: Pick<PruneWeightsOptions, 'include' | 'exclude'>,
): { readonly layers: readonly PrunedLayer[]; readonly refusals: readonly Refusal[] } {
  const { prunable, refusals } = prunableWeights(model, {
    include: new Set(options.include),
    exclude: new Set(options.exclude),
    globalScope: false,
  });
  const coupled = coupleChannels(model, inferModel(model));
  const byTensor = new Map(
    channelGroups(coupled)
      .layers.toReversed()
      .map((layer) => [coupled.constants.get(layer.weight)!, layer]),
  );
  const layers: PrunedLayer[] = [];
  const others: Refusal[] = [];
  for (const weight of prunable) {
    const { tensor } = weight.weight;
    const layer = byTensor.get(tensor);
    const matrix = layer && layerMatrix(layer, tensor);
    if (layer && matrix) layers.push({ weight, layer, tensor, matrix });
    else {
      const reason =
        'Its weight is quantized, inside another graph, or not a matrix. Prune it by magnitude, unstructured.';
      const { path, node } = weight.reader;
      others.push({ path, op: node.opType ?? '', code: 'no-rows', reason });
    }
  }
  return { layers, refusals: [...refusals, ...others] };
}
