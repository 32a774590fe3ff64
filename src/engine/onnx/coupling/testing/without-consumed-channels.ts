import { MemorySource } from '../../byte-source';
import type { Model, Node, Tensor } from '../../graph';
import { mapTensors } from '../../map-tensors';
import { readFloat32, withRawData } from '../../tensor';
import { floatTensor, node } from '../../testing/build';
import { isLock } from '../atoms';
import type { CoupledChannels } from '../couple-channels';
import type { ChannelLayer } from '../channel-groups';
import { keptPositions } from '../remove-channels';
import { withKeptStatistics } from './with-kept-statistics';
import { productOf } from '../../../product-of';

/**
 * The model with the weights of the removed channels set to zero. Normalizations average over the other channels. It
 * gives the answers that the model without these channels must give.
 */
export function withoutConsumedChannels(
  model: Model,
  coupled: CoupledChannels,
  layers: readonly ChannelLayer[],
  removed: ReadonlySet<number>,
): Model {
  const kept = keptPositions(coupled.space, removed);
  const zeroed = new Map<Tensor, Tensor>();
  for (const { weight, consumes } of layers) {
    const axis = consumes === undefined ? undefined : coupled.values.get(weight)![consumes]!;
    if (axis === undefined || isLock(axis)) continue;
    const tensor = coupled.constants.get(weight)!;
    const stays = new Set(kept(axis));
    const values = Float32Array.from(readFloat32(zeroed.get(tensor) ?? tensor));
    const dims = tensor.dims.map(Number);
    const run = productOf(dims.slice(consumes! + 1));
    values.forEach((_, at) => {
      if (!stays.has(Math.floor(at / run) % axis.length)) values[at] = 0;
    });
    zeroed.set(tensor, withRawData(tensor, new MemorySource(new Uint8Array(values.buffer))));
  }
  const masked = withMaskedProducts(withKeptStatistics(model, coupled, removed), coupled, removed);
  return mapTensors(masked, (tensor) => zeroed.get(tensor) ?? tensor);
}

/** Products of two values that both lose channels: the lost channels add nothing. */
function withMaskedProducts(model: Model, coupled: CoupledChannels, removed: ReadonlySet<number>): Model {
  const graph = model.graph!;
  const masks: Tensor[] = [];
  const nodes = graph.nodes.flatMap((each): readonly Node[] => {
    const [left = '', right = ''] = each.inputs;
    const axis = coupled.values.get(left)?.at(-1);
    const isProduct = each.opType === 'MatMul' && !coupled.constants.has(left) && !coupled.constants.has(right);
    if (!isProduct || axis === undefined || isLock(axis)) return [each];
    const stays = Array.from(axis, (atom) => (removed.has(coupled.space.classOf(atom)) ? 0 : 1));
    if (!stays.includes(0)) return [each];
    const [mask, masked] = [`${each.outputs[0]}_mask`, `${each.outputs[0]}_masked`];
    masks.push(floatTensor(mask, [stays.length], stays));
    return [node('Mul', [left, mask], [masked]), { ...each, inputs: [masked, right] }];
  });
  return { ...model, graph: { ...graph, nodes, initializers: [...graph.initializers, ...masks] } };
}
